// Owns: that serving metrics costs no thread.
// Does not own: threads in the source (TinyHost.Tests).

using System.Globalization;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class ThreadTests
{
    [Fact]
    public async Task A_daemon_has_the_same_threads_with_and_without_metrics_however_much_it_serves()
    {
        var without = await ThreadsOfAsync("--Test:Metrics=false");
        var with = await ThreadsOfAsync("--Test:Metrics=true");

        Assert.Equal(without, with);
    }

    /// <summary>The threads that are not the pool's, which is bounded; their number must not grow while the daemon serves.</summary>
    private static async Task<IEnumerable<string>> ThreadsOfAsync(string setting)
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, s_boundedPool, setting, "--Test:CountThreadStarts=true");
        await ServeAsync(daemon, 200);
        var threads = OutsidePool(daemon);
        var starts = await StartsAsync(daemon);

        await ServeAsync(daemon, 4_000);

        Assert.Equal(threads, OutsidePool(daemon));
        // A pool thread may end for want of work and be started again; one for each connection or request would be thousands.
        Assert.InRange(await StartsAsync(daemon) - starts, 0, 2 * PoolThreads);
        return threads;
    }

    private static async Task ServeAsync(Daemon daemon, int requests)
    {
        for (var i = 0; i < requests; i++)
        {
            // Every other time a connection of its own. Without metrics that port serves the app.
            using var connection = await RawConnection.OpenAsync(i % 2 == 0 ? daemon.MetricsPort : daemon.AppPort);
            await connection.SendAsync("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", TestContext.Current.CancellationToken);
            await connection.ReadHeadAsync(TestContext.Current.CancellationToken);
        }
    }

    private static string[] OutsidePool(Daemon daemon) =>
        [.. new LinuxProcess(daemon.Process.Id).ThreadNames.Where(name => !name.StartsWith(".NET TP", StringComparison.Ordinal))];

    private static async Task<int> StartsAsync(Daemon daemon) =>
        int.Parse(await daemon.App.GetStringAsync("/thread-starts", TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);

    private const int PoolThreads = 4;

    private static readonly Dictionary<string, string> s_boundedPool = new()
    {
        ["DOTNET_ThreadPool_ForceMinWorkerThreads"] = $"{PoolThreads}",
        ["DOTNET_ThreadPool_ForceMaxWorkerThreads"] = $"{PoolThreads}",
        // The compiler's background thread comes and goes.
        ["DOTNET_TieredCompilation"] = "0",
    };
}
