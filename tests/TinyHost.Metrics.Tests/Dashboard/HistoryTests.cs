namespace TinyHost.Metrics.Tests.Dashboard;

public sealed class HistoryTests
{
    private static readonly Chart s_chart = new(1, "a", "A", "", "a");

    [Fact]
    public void Values_are_kept_for_ten_minutes()
    {
        var history = new History(maxColumns: 1);
        var column = history.Add(s_chart, "x");
        for (var second = 0; second < 700; second++)
        {
            history.Begin(second);
            history.Set(column, second);
        }

        Assert.Equal((100, 699), (history.Oldest, history.Newest));
        Assert.Equal(100, history.Read(column, 100));
        Assert.Equal(699, history.Read(column, 699));
        Assert.Equal(float.NaN, history.Read(column, 99));
        Assert.Equal(float.NaN, history.Read(column, 700));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(599)]
    [InlineData(600)]
    [InlineData(5_000)]
    public void Seconds_that_were_skipped_or_not_set_are_gaps(int skipped)
    {
        var history = new History(maxColumns: 1);
        var column = history.Add(s_chart, "x");
        for (var second = 0; second < 600; second++)
        {
            history.Begin(second);
            history.Set(column, 1);
        }

        var newest = 599 + skipped + 1;
        history.Begin(newest);
        for (var second = Math.Max(600, history.Oldest); second <= newest; second++)
        {
            Assert.Equal(float.NaN, history.Read(column, second));
        }

        Assert.Equal(skipped < 599 ? 1 : float.NaN, history.Read(column, history.Oldest));
    }

    [Fact]
    public void A_column_that_joins_later_has_gaps_before()
    {
        var history = new History(maxColumns: 2);
        history.Add(s_chart, "x");
        history.Begin(0);
        history.Begin(1);
        var column = history.Add(s_chart, "y");
        history.Set(column, 5);
        Assert.Equal(float.NaN, history.Read(column, 0));
        Assert.Equal(5, history.Read(column, 1));
    }

    [Fact]
    public void Columns_beyond_the_limit_take_nothing_and_a_column_that_exists_is_found()
    {
        var history = new History(maxColumns: 2);
        Assert.Equal(0, history.Add(s_chart, "x"));
        Assert.Equal(1, history.Add(s_chart with { Id = "b" }, "x"));
        Assert.Equal(0, history.Add(s_chart, "x"));
        Assert.Equal(-1, history.Add(s_chart, "y"));
        history.Begin(0);
        history.Set(-1, 5);
        Assert.Equal(2, history.Columns.Count);
        Assert.Equal(float.NaN, history.Read(0, 0));
    }
}
