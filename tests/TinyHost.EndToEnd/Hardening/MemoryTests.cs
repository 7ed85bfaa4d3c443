// Owns: the memory a daemon uses for many connections at once.

using System.Globalization;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Hardening;

public sealed class MemoryTests
{
    private const int MiB = 1 << 20;
    private const int IdleConnections = 5_000;

    [Fact]
    public async Task Slow_readers_of_many_1_MiB_responses_cost_a_few_KiB_each()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, Daemon.SmallMemory);
        var memory = new LinuxProcess(daemon.Process.Id);
        Assert.Equal(MiB, (await daemon.App.GetByteArrayAsync("/shared", TestContext.Current.CancellationToken)).Length);
        await daemon.ScrapeAsync();
        var before = memory.ResidentBytes;
        await using var attack = SlowAttack.Start(SlowAttack.Reading, daemon, "/shared");

        await Deadline.UntilAsync(
            "responses waiting for their readers",
            daemon.ScrapeAsync,
            scrape => scrape.Sum("http_server_active_requests") == SlowAttack.Connections);

        var growth = memory.PeakResidentBytes - before;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"Resident: {before / MiB} MiB before, at most {memory.PeakResidentBytes / MiB} MiB with {SlowAttack.Connections} readers.");
        // What code and its compiler take for the first requests, and 16 KiB for each reader.
        Assert.InRange(growth, 1, (16 * MiB) + (SlowAttack.Connections * 16_384));
    }

    [Fact]
    public async Task Idle_connections_use_little_memory_and_release_it_when_they_close()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, Daemon.SmallMemory);
        var memory = new LinuxProcess(daemon.Process.Id);
        await MeasureWithIdleConnectionsAsync(daemon, 100);
        var heapBefore = await CollectAsync(daemon);
        var before = memory.ResidentBytes;

        var during = await MeasureWithIdleConnectionsAsync(daemon, IdleConnections);
        // 100 bytes are less than any connection that is still referenced takes. The last connections may still be closing.
        var heapAfter = await Deadline.UntilAsync(
            "the heap at its previous size", () => CollectAsync(daemon), heap => heap - heapBefore < IdleConnections * 100);
        var after = memory.ResidentBytes;

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"Resident MiB: {before / MiB} before, {during / MiB} with {IdleConnections} idle connections, {after / MiB} after. "
            + $"Heap bytes: {heapBefore} before, {heapAfter} after.");
        // Less than the buffers of a connection, so idle connections hold none.
        Assert.InRange(during - before, 0, IdleConnections * 12_000);
        Assert.InRange(after - before, -16 * MiB, 16 * MiB);
    }

    [Fact]
    public async Task A_daemon_without_TLS_does_not_load_OpenSSL()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);
        Assert.Equal("x", await daemon.App.GetStringAsync("/id/x", TestContext.Current.CancellationToken));
        await daemon.ScrapeAsync();

        var files = new LinuxProcess(daemon.Process.Id).MappedFiles;
        Assert.Contains("libcoreclr", files, StringComparison.Ordinal);
        Assert.DoesNotContain("libcrypto", files, StringComparison.Ordinal);
    }

    private static async Task<long> CollectAsync(Daemon daemon) =>
        long.Parse(await daemon.App.GetStringAsync("/collect", TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);

    /// <summary>Sends one request on each of many connections, returns the resident memory while they are idle, and closes them.</summary>
    private static async Task<long> MeasureWithIdleConnectionsAsync(Daemon daemon, int count)
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
            await Deadline.UntilAsync(
                "the end of the connections", daemon.ScrapeAsync, scrape => scrape.Sum("tinyhost_connections_active") <= 2);
        }
    }
}
