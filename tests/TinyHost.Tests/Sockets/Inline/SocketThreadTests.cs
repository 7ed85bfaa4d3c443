namespace TinyHost.Tests;

public sealed class SocketThreadTests
{
    private readonly InlineCompletions _server = new();

    [Fact]
    public void A_turn_is_over_after_64_operations_that_completed_at_once() =>
        Assert.Equal([64, 128, 192], InTurn(() => Enumerable.Range(1, 200).Where(_ => SocketThread.IsTurnOver()).ToArray()));

    [Fact]
    public void A_connection_that_had_to_wait_gets_a_whole_turn() =>
        Assert.Empty(InTurn(() => Enumerable.Range(1, 200).Where(i =>
        {
            if (i % 63 == 0)
            {
                SocketThread.Current!.EndTurn();
                SocketThread.Current!.BeginTurn(_server, new Connection());
            }

            return SocketThread.IsTurnOver();
        }).ToArray()));

    [Fact]
    public void Calls_of_the_handler_count_as_much_as_operations() =>
        Assert.Equal([4, 8, 12, 16, 20, 24, 28, 32, 36, 40], InTurn(() =>
        {
            var handler = _server.CountCalls<int>(_ => Task.CompletedTask);
            return Enumerable.Range(1, 40).Where(i =>
            {
                for (var request = 0; request < 15; request++)
                {
                    Assert.True(handler(i).IsCompletedSuccessfully);
                }

                return SocketThread.IsTurnOver();
            }).ToArray();
        }));

    [Fact]
    public async Task A_turn_is_never_over_on_the_pool()
    {
        var over = await Task.Run(
            () => Enumerable.Range(1, 200).Count(_ => SocketThread.IsTurnOver()), TestContext.Current.CancellationToken);

        Assert.Equal(0, over);
    }

    [Fact]
    public void A_connection_whose_turn_lasts_from_one_tick_to_the_next_is_reported()
    {
        var (first, second) = (new Connection(), new Connection());
        InTurn(() =>
        {
            var thread = SocketThread.Current!;
            thread.EndTurn();
            thread.BeginTurn(_server, first);
            Assert.False(SocketThread.ReportBlocked(_server));
            thread.EndTurn();
            thread.BeginTurn(_server, second);
            Assert.False(SocketThread.ReportBlocked(_server));
            Assert.False(SocketThread.ReportBlocked(new InlineCompletions()));
            Assert.True(SocketThread.ReportBlocked(_server));
            thread.EndTurn();
            Assert.False(SocketThread.ReportBlocked(_server));
            return [];
        });
        Assert.Empty(first.Reports);
        Assert.Equal([true], second.Reports);
    }

    private int[] InTurn(Func<int[]> run)
    {
        int[] result = [];
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                SocketThread.Current!.BeginTurn(_server, new Connection());
                result = run();
                SocketThread.Current!.EndTurn();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(failure);
        return result;
    }

    private sealed class Connection : IInlineConnection
    {
        internal List<bool> Reports { get; } = [];

        public void ReportBlockedThread(bool isCertain) => Reports.Add(isCertain);

        void IThreadPoolWorkItem.Execute()
        {
        }
    }
}
