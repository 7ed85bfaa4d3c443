// Owns: what many peers at once cost a daemon in memory.
// Does not own: content larger than memory (LargeBodyTests).

using System.Globalization;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Hardening;

public sealed class MemoryTests
{
    private const int MiB = 1 << 20;
    private const int Idle = 5_000;

    [Fact]
    public async Task Slow_readers_of_many_responses_of_1_MiB_leave_the_daemon_within_64_MiB()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, s_small);
        var memory = new LinuxProcess(daemon.Process.Id);
        await using var attack = SlowAttack.Start(SlowAttack.Reading, daemon, "/shared");

        await Deadline.UntilAsync("responses that wait for their readers", daemon.ScrapeAsync, AreStuck);

        TestContext.Current.TestOutputHelper?.WriteLine($"Peak: {memory.PeakResidentBytes / MiB} MiB.");
        Assert.InRange(memory.PeakResidentBytes, 1, 64 * MiB);
    }

    [Fact]
    public async Task Idle_connections_cost_little_and_memory_returns_to_where_it_was()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, s_small);
        var memory = new LinuxProcess(daemon.Process.Id);
        await IdleAsync(daemon, 100);
        var heapBefore = await CollectAsync(daemon);
        var before = memory.ResidentBytes;

        var during = await IdleAsync(daemon, Idle);
        // A connection that is kept takes more than that by itself; the last ones may not be all gone yet.
        var heapAfter = await Deadline.UntilAsync("the heap as it was", () => CollectAsync(daemon), heap => heap - heapBefore < Idle * 100);
        var after = memory.ResidentBytes;

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"Resident: {before / MiB} MiB, with {Idle} idle connections {during / MiB}, after them {after / MiB}. Heap: {heapBefore} B, after {heapAfter}.");
        // Less than buffers would take that are kept.
        Assert.InRange(during - before, 0, Idle * 12_000);
        Assert.InRange(after - before, -16 * MiB, 16 * MiB);
    }

    [Fact]
    public async Task A_daemon_that_speaks_no_TLS_loads_no_cryptography()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);
        Assert.Equal("x", await daemon.App.GetStringAsync("/id/x", TestContext.Current.CancellationToken));
        await daemon.ScrapeAsync();

        // OpenSSL takes 5 MB and longer than all the rest of the first request.
        var files = new LinuxProcess(daemon.Process.Id).MappedFiles;
        Assert.Contains("libcoreclr", files, StringComparison.Ordinal);
        Assert.DoesNotContain("libcrypto", files, StringComparison.Ordinal);
    }

    private static async Task<long> CollectAsync(Daemon daemon) =>
        long.Parse(await daemon.App.GetStringAsync("/collect", TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);

    private static bool AreStuck(Exposition scrape) => scrape.Sum("http_server_active_requests") == SlowAttack.Connections;

    /// <summary>Asks once on each of many connections, and ends them. Returns the memory in between.</summary>
    private static async Task<long> IdleAsync(Daemon daemon, int count)
    {
        using var deadline = Deadline.Start();
        var connections = new List<RawConnection>();
        try
        {
            while (connections.Count < count)
            {
                var connection = await RawConnection.OpenAsync(daemon.AppPort);
                connections.Add(connection);
                await connection.SendAsync("GET /id/x HTTP/1.1\r\nHost: x\r\n\r\n", deadline.Token);
                await connection.ReadResponseAsync(deadline.Token);
            }

            return new LinuxProcess(daemon.Process.Id).ResidentBytes;
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
            await Deadline.UntilAsync("the end of the connections", daemon.ScrapeAsync, scrape => scrape.Sum("tinyhost_connections_active") <= 2);
        }
    }

    // What the runtime takes for itself is not the server's: garbage is collected every 4 MiB, whatever the processor's cache, and the
    // compiler does without the measurements for which it would compile everything once more.
    private static readonly Dictionary<string, string> s_small =
        new() { ["DOTNET_gcServer"] = "0", ["DOTNET_GCgen0size"] = "400000", ["DOTNET_TieredPGO"] = "0" };
}
