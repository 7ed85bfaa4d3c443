namespace TinyHost.Tests;

public sealed class StreakTests
{
    [Fact]
    public void A_streak_is_over_after_64_operations_that_ended_at_once_outside_the_pool()
    {
        var over = OnOwnThread(() =>
        {
            var streak = new Streak();
            return Enumerable.Range(1, 200).Where(_ => streak.IsOver()).ToArray();
        });

        Assert.Equal([64, 128, 192], over);
    }

    [Fact]
    public void An_operation_that_had_to_wait_begins_it_anew()
    {
        var over = OnOwnThread(() =>
        {
            var streak = new Streak();
            return Enumerable.Range(1, 200).Where(i =>
            {
                if (i % 63 == 0)
                {
                    streak.End();
                }

                return streak.IsOver();
            }).ToArray();
        });

        Assert.Empty(over);
    }

    [Fact]
    public void Requests_served_count_as_much_as_operations()
    {
        var over = OnOwnThread(() =>
        {
            var streak = new Streak();
            return Enumerable.Range(1, 40).Where(_ =>
            {
                for (var request = 0; request < 15; request++)
                {
                    streak.Extend();
                }

                return streak.IsOver();
            }).ToArray();
        });

        Assert.Equal([4, 8, 12, 16, 20, 24, 28, 32, 36, 40], over);
    }

    [Fact]
    public async Task It_is_never_over_on_the_pool()
    {
        var over = await Task.Run(() =>
        {
            var streak = new Streak();
            return Enumerable.Range(1, 200).Count(_ => streak.IsOver());
        }, TestContext.Current.CancellationToken);

        Assert.Equal(0, over);
    }

    private static int[] OnOwnThread(Func<int[]> ask)
    {
        int[] answer = [];
        var thread = new Thread(() => answer = ask());
        thread.Start();
        thread.Join();
        return answer;
    }
}
