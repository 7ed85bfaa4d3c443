// Owns: that a storm of connections, orderly and not, leaves nothing behind.
// Does not own: each of its peers (HostilePeerTests).

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

[Collection(Alone.Name)]
public sealed class HostileStormTests
{
    private const int Connections = 1_000;
    private const int AtOnce = 100;

    private static async Task EchoAsync(RequestContext context)
    {
        await context.Response.WriteAsync(await context.Request.Body.ReadAllAsync());
        await context.Response.FlushAsync();
    }

    [Fact]
    public async Task A_storm_of_a_thousand_connections_leaves_neither_connections_nor_memory()
    {
        await using var server = await WatchedServer.StartAsync(EchoAsync);
        // The first one fills the pools, and makes the runtime compile what it needs.
        await StormAsync(server);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await StormAsync(server);
        await StormAsync(server);

        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"Kept after {2 * Connections} connections: {kept} B.");
        // Two thousand connections with a buffer each would be ten times as much.
        Assert.InRange(kept, long.MinValue, 1 << 20);
        await server.AssertServesAsync();
        Assert.Equal(0, server.Log.Errors);
    }

    private static async Task StormAsync(WatchedServer server)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForAsync(0, Connections, options, async (number, _) =>
        {
            using var peer = await server.ConnectAsync();
            Assert.Equal("hello", await PostAsync(peer));
            switch (number % 4)
            {
                case 0:
                    peer.Reset();
                    break;
                case 1:
                    await peer.SendAsync("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000\r\n\r\npart");
                    peer.Reset();
                    break;
                case 2:
                    Assert.Equal("hello", await PostAsync(peer));
                    break;
                default:
                    peer.FinishSending();
                    Assert.Equal("", await peer.ReadToEndAsync());
                    break;
            }
        });
        await server.EmptyAsync();
    }

    private static async Task<string> PostAsync(RawClient peer)
    {
        await peer.SendAsync("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
        return (await peer.ReadResponseAsync()).Content;
    }
}
