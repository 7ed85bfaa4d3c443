using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Reflection;
using System.Security.Authentication;
using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

/// <summary>A server with TLS as a whole: its cost, its stop, and peers that break off.</summary>
[Collection(Alone.Name)]
public sealed class TlsServerTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_over_TLS_allocates_next_to_nothing(bool isInline)
    {
        var isOptimized = typeof(HttpServer).Assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled != true;
        Assert.SkipUnless(isOptimized, "needs optimized code (dotnet test -c Release)");
        const int Rounds = 1_000;
        const int Times = 100;
        // The client in this process allocates as well.
        const int MostPerRequest = 64;
        await using var server = await TlsServer.StartAsync(server: options => options.InlineCompletions = isInline);
        await using var client = await server.ConnectTlsAsync();
        var request = Encoding.ASCII.GetBytes(Get);
        var answer = new byte[1_000];
        // The whole process is counted. What other threads do once a second is in some of the rounds only, as long as rounds are short.
        var least = long.MaxValue;
        for (var round = 0; round < Rounds && least / Times > MostPerRequest; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < Times; i++)
            {
                await client.WriteAsync(request, TestContext.Current.CancellationToken);
                var count = await client.ReadAsync(answer, TestContext.Current.CancellationToken);
                Assert.True(answer.AsSpan(0, count).EndsWith("https"u8));
            }

            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.InRange(least / Times, 0, MostPerRequest);
    }

    [Fact]
    public async Task A_request_that_has_arrived_when_the_server_stops_is_answered()
    {
        for (var i = 0; i < 30; i++)
        {
            await using var server = await TlsServer.StartAsync();
            await using var client = await server.ConnectTlsAsync();
            if (i % 2 == 0)
            {
                // The connection is idle between two requests.
                await client.WriteAsync(Encoding.ASCII.GetBytes(Get), TestContext.Current.CancellationToken);
                await client.ReadAtLeastAsync(new byte[1_000], 1, cancellationToken: TestContext.Current.CancellationToken);
            }

            await client.WriteAsync(Encoding.ASCII.GetBytes(Get), TestContext.Current.CancellationToken);
            var stopped = server.StopAsync(TestContext.Current.CancellationToken);
            using var reader = new StreamReader(client, leaveOpen: true);
            var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
            Assert.EndsWith("\r\n\r\nhttps", answer, StringComparison.Ordinal);
            await stopped;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Peers_that_break_off_leave_nothing_behind(bool isInline)
    {
        using var meters = new MeterRecorder();
        await using var server = await TlsServer.StartAsync(server: options =>
        {
            options.Services = new OneService(meters);
            options.InlineCompletions = isInline;
        });
        var random = new Random(1);
        for (var i = 0; i < 200; i++)
        {
            using var client = await server.ConnectAsync();
            var octets = new byte[random.Next(1, 2_000)];
            random.NextBytes(octets);
            // A handshake record of some length, or anything else.
            octets[0] = i % 4 == 3 ? octets[0] : (byte)0x16;
            await client.SendAsync(Encoding.Latin1.GetString(octets));
            if (i % 2 == 0)
            {
                client.Reset();
            }
        }

        for (var i = 0; i < 20; i++)
        {
            await using var client = await server.ConnectTlsAsync();
            await client.WriteAsync(Encoding.ASCII.GetBytes(Get), TestContext.Current.CancellationToken);
            ((NetworkStream)InnerStream(client)).Socket.Close(timeout: 0);
        }

        await using (var last = await server.ConnectTlsAsync(versions: SslProtocols.Tls12))
        {
            Assert.EndsWith("https", await last.GetAsync(), StringComparison.Ordinal);
        }

        await Until.TrueAsync(() => meters.Observe("tinyhost.connections.active") == 0);
    }

    private static Stream InnerStream(SslStream stream) =>
        (Stream)typeof(AuthenticatedStream).GetProperty("InnerStream", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(stream)!;
}
