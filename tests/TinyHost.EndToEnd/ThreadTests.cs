// Owns: that serving metrics starts no thread.

using System.Globalization;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class ThreadTests
{
    [Fact]
    public async Task A_daemon_has_the_same_threads_with_and_without_metrics_under_any_load()
    {
        var without = await ThreadsUnderLoadAsync("--Test:Metrics=false");
        var with = await ThreadsUnderLoadAsync("--Test:Metrics=true");

        Assert.Equal(without, with);
    }

    /// <summary>The threads outside the thread pool. Fails if these threads, or the number of thread starts, depend on the load.</summary>
    private static async Task<IEnumerable<string>> ThreadsUnderLoadAsync(string setting)
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, s_boundedPool, setting, "--Test:CountThreadStarts=true");
        await SendRequestsAsync(daemon, 200);
        var threads = ThreadsOutsidePool(daemon);
        var starts = await ThreadStartsAsync(daemon);

        await SendRequestsAsync(daemon, 4_000);

        Assert.Equal(threads, ThreadsOutsidePool(daemon));
        // Idle pool threads may end and be started again. A thread per connection or request would mean thousands of starts.
        Assert.InRange(await ThreadStartsAsync(daemon) - starts, 0, 2 * PoolThreads);
        return threads;
    }

    private static async Task SendRequestsAsync(Daemon daemon, int requests)
    {
        for (var i = 0; i < requests; i++)
        {
            // Each request uses a new connection. Without metrics both ports serve the application.
            using var connection = await RawConnection.OpenAsync(i % 2 == 0 ? daemon.MetricsPort : daemon.AppPort);
            await connection.SendAsync("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", TestContext.Current.CancellationToken);
            await connection.ReadHeadAsync(TestContext.Current.CancellationToken);
        }
    }

    private static string[] ThreadsOutsidePool(Daemon daemon) =>
        [.. new LinuxProcess(daemon.Process.Id).ThreadNames.Where(name => !name.StartsWith(".NET TP", StringComparison.Ordinal))];

    private static async Task<int> ThreadStartsAsync(Daemon daemon) =>
        int.Parse(await daemon.App.GetStringAsync("/thread-starts", TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);

    private const int PoolThreads = 4;

    private static readonly Dictionary<string, string> s_boundedPool = new()
    {
        ["DOTNET_ThreadPool_ForceMinWorkerThreads"] = $"{PoolThreads}",
        ["DOTNET_ThreadPool_ForceMaxWorkerThreads"] = $"{PoolThreads}",
        // The background thread of the tiered compiler comes and goes.
        ["DOTNET_TieredCompilation"] = "0",
    };
}
