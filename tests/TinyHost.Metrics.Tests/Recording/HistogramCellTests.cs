namespace TinyHost.Metrics.Tests.Recording;

public sealed class HistogramCellTests
{
    [Fact]
    public void A_locked_cell_returns_false_without_counting()
    {
        var cell = new HistogramCell(3);
        cell.Enter();
        Assert.False(cell.TryAdd(1, 0.5));
        cell.Exit();
        Assert.True(cell.TryAdd(1, 0.25));
        var counts = new long[3];
        Assert.Equal(0.25, cell.AddTo(counts));
        Assert.Equal([0, 1, 0], counts);
    }

    [Fact]
    public void Reading_adds_to_the_counts_of_other_cells()
    {
        var one = new HistogramCell(2);
        var other = new HistogramCell(2);
        one.Add(0, 1);
        other.Add(0, 2);
        other.Add(1, 4);
        var counts = new long[2];
        Assert.Equal(1, one.AddTo(counts));
        Assert.Equal(6, other.AddTo(counts));
        Assert.Equal([2, 1], counts);
    }
}
