// Owns: that metrics can be scraped while handlers block every thread of the pool.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class ThreadPoolTests
{
    // Left alone, the pool takes longer to add this many threads than any test waits.
    private const int Handlers = 400;

    [Theory]
    [InlineData("/pool-thread/hold", "The handler of GET /pool-thread/hold has blocked a thread of the pool")]
    [InlineData("/pool-thread/hold-after-await", "The handler of GET /pool-thread/hold-after-await was running meanwhile and may be why")]
    public async Task Metrics_can_be_scraped_while_handlers_block_every_thread_of_the_pool(string path, string warning)
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);
        var minimum = await MinimumAsync(daemon);
        var blocked = new List<RawConnection>();
        for (var i = 0; i < Handlers; i++)
        {
            blocked.Add(await RawConnection.OpenAsync(daemon.AppPort));
            await blocked[i].SendAsync($"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n", TestContext.Current.CancellationToken);
        }

        // The handlers stay blocked until the release below.
        await Deadline.UntilAsync(
            "every connection to be accepted", daemon.ScrapeAsync, now => now.Sum("tinyhost_connections_active") > Handlers);
        await daemon.Process.WaitForOutputAsync(warning);
        await Deadline.UntilAsync(
            "a measured queue delay", daemon.ScrapeAsync, now => now.Sum("tinyhost_threadpool_queue_delay_seconds_count") > 0);

        using var released = await daemon.App.PostAsync("/pool-thread/release", null, TestContext.Current.CancellationToken);
        foreach (var connection in blocked)
        {
            var head = await connection.ReadHeadAsync(TestContext.Current.CancellationToken);
            Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
            connection.Dispose();
        }

        await Deadline.UntilAsync("the pool's original minimum of threads", () => MinimumAsync(daemon), now => now == minimum);
    }

    private static Task<string> MinimumAsync(Daemon daemon) =>
        daemon.App.GetStringAsync("/pool-thread/minimum", TestContext.Current.CancellationToken);
}
