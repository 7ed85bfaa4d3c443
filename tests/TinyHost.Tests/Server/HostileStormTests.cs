// Owns: the test that a thousand connections, orderly and hostile, leak neither connections nor memory.

using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

[Collection(Alone.Name)]
public sealed class HostileStormTests
{
    private const int Connections = 1_000;
    private const int AtOnce = 100;

    // Work that continues after its request has ended.
    private static async Task RepeatAsync(Func<ValueTask> operation)
    {
        try
        {
            for (; ; )
            {
                await operation();
                await Task.Yield();
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            // The request has ended, or its peer has left.
        }
    }

    private static async Task AnswerAsync(RequestContext context)
    {
        switch (context.Request.Path)
        {
            case "/reads-on":
                var buffer = new byte[500];
                var body = context.Request.Body;
                _ = RepeatAsync(async () => await body.ReadAsync(buffer));
                await context.Response.WriteAsync("read"u8.ToArray());
                return;
            case "/writes-on":
                var response = context.Response;
                _ = RepeatAsync(() => response.WriteAsync("written"u8.ToArray()));
                await Task.Yield();
                return;
        }

        await context.Response.WriteAsync(await context.Request.Body.ReadAllAsync());
        await context.Response.FlushAsync();
    }

    [Fact]
    public async Task A_thousand_hostile_connections_leave_neither_connections_nor_memory()
    {
        await using var server = await WatchedServer.StartAsync(AnswerAsync);
        // The first round fills the pools and compiles all code.
        await StormAsync(server);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await StormAsync(server);
        await StormAsync(server);

        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"Kept after {2 * Connections} connections: {kept} B.");
        // If each connection kept one buffer, it would be ten times as much.
        Assert.InRange(kept, long.MinValue, 1 << 20);
        await server.AssertServesAsync();
        Assert.All(
            server.Log.Entries.Where(entry => entry.Level >= LogLevel.Error),
            entry => Assert.Contains("await every WriteAsync and FlushAsync", entry.Exception!.Message, StringComparison.Ordinal));
    }

    private static async Task StormAsync(WatchedServer server)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForAsync(0, Connections, options, async (number, _) =>
        {
            using var peer = await server.ConnectAsync();
            Assert.Equal("hello", await PostAsync(peer));
            switch (number % 6)
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
                case 3:
                    await peer.SendAsync("POST /reads-on HTTP/1.1\r\nHost: h\r\nContent-Length: 10000\r\n\r\npart");
                    Assert.Equal("read", (await peer.ReadResponseAsync()).Content);
                    break;
                case 4:
                    await peer.SendAsync("GET /writes-on HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
                    // The response is complete or cut off: the reader throws for anything else.
                    var sent = (await peer.ReadUntilQuietAsync(TestTimeout.Long)).Octets;
                    Assert.All(
                        ResponseReader.Read(sent, [("GET", false)]),
                        response => Assert.Empty(response.Content.Trim('w', 'r', 'i', 't', 'e', 'n')));
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
