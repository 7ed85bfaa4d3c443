// Owns: how connections end: after a trailing empty line, with peers that neither send nor read, with or without lingering, and in the log.

using System.Diagnostics;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Conformance;

public sealed class LastWordTests
{
    // RFC 9112 §2.2: old clients send an empty line after a POST.
    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n\r\n")]
    public async Task A_trailing_empty_line_is_not_a_request(string octets)
    {
        var sent = await MemoryServer.ExchangeAsync(octets, context => context.Response.WriteTextAsync("only"));

        Assert.Equal("only", Assert.Single(ResponseReader.Read(sent, [("GET", false)])).Content);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHo")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")]
    public async Task A_peer_that_neither_sends_nor_reads_is_disconnected(string octets)
    {
        var transport = new MemoryTransport().Arrive(octets);
        transport.BlockSends();
        using var server = new MemoryServer(async context => await context.Request.Body.ReadAllAsync(), transport);

        // First the deadline for the request passes, then the deadline for sending the answer. The clock advances however slowly the
        // connection is scheduled.
        for (var real = Stopwatch.StartNew(); !server.Served.IsCompleted && real.Elapsed < TestTimeout.Long;)
        {
            server.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal("", await server.EndAsync());
        Assert.True(transport.IsAborted);
        Assert.Equal(0, server.Log.Errors);
    }

    // RFC 9112 §9.6: lingering is needless if the peer announced its last request and nothing from it is left unread.
    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false)]
    [InlineData("GET / HTTP/1.0\r\n\r\n", false)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n\r\n", true)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", true)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", true)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nConnection: close, upgrade\r\nUpgrade: websocket\r\n\r\n", true)]
    [InlineData("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nConnection: close\r\n\r\n", true)]
    [InlineData("GET /server-closes HTTP/1.1\r\nHost: a\r\n\r\n", true)]
    [InlineData("GET /\r\n", true)]
    public async Task A_connection_lingers_unless_its_peer_has_nothing_more_to_send(string octets, bool lingers)
    {
        var transport = new MemoryTransport().Arrive(octets);
        using var server = new MemoryServer(
            async context =>
            {
                await context.Request.Body.ReadAllAsync();
                if (context.Request.Path == "/server-closes")
                {
                    context.Response.CloseConnection();
                }
            },
            transport);
        await transport.SentAsync(_ => transport.SendIsShut || transport.IsDisposed);

        Assert.Equal(lingers, transport.SendIsShut);
        transport.FinishSending();
        Assert.Contains("Connection: close\r\n", await server.EndAsync(), StringComparison.Ordinal);
    }

    // Request.Path is decoded; the log has the target as received, so that an entry stays one line.
    [Fact]
    public async Task A_target_cannot_forge_a_line_of_the_log()
    {
        using var server = new MemoryServer(
            _ => throw new InvalidOperationException("deliberate"),
            new MemoryTransport().Arrive("GET /a%0D%0Afail:%20forged?secret HTTP/1.1\r\nHost: a\r\n\r\nGET /\r\n\r\n").FinishSending());
        await server.EndAsync();

        Assert.Contains(server.Log.Entries, entry => entry.Message.Contains("/a%0D%0Afail:%20forged", StringComparison.Ordinal));
        Assert.DoesNotContain(
            server.Log.Entries,
            entry => entry.Message.AsSpan().ContainsAny('\r', '\n') || entry.Message.Contains("secret", StringComparison.Ordinal));
    }
}
