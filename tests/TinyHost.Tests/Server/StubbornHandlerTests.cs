// Owns: tests of handlers that continue after a refused write, or after the end of a response to HEAD.

using System.Buffers;
using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class StubbornHandlerTests
{
    private const string Forged = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL";
    private const string Get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    private static readonly Dictionary<string, Func<Response, byte[], Task>> s_ways = new()
    {
        ["buffer"] = (response, bytes) =>
        {
            response.Write(bytes);
            return Task.CompletedTask;
        },
        ["stream"] = (response, bytes) =>
        {
            response.AsStream().Write(bytes);
            return Task.CompletedTask;
        },
        ["write"] = (response, bytes) => response.WriteAsync(bytes).AsTask(),
    };

    public static TheoryData<string, int, bool> Refused()
    {
        var rows = new TheoryData<string, int, bool>();
        foreach (var way in s_ways.Keys)
        {
            foreach (var status in new[] { 204, 205, 304, 200 })
            {
                rows.Add(way, status, true);
                rows.Add(way, status, false);
            }
        }

        return rows;
    }

    // With 200, the handler first declares and writes 5 bytes.
    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Content_refused_by_the_response_is_never_sent(string way, int status, bool flushes)
    {
        var refusals = 0;
        using var server = new MemoryServer(
            async context =>
            {
                var response = context.Response;
                response.StatusCode = status;
                if (status == 200)
                {
                    response.ContentLength = 5;
                    response.Write("hello"u8);
                }

                await response.FlushAsync();
                try
                {
                    await s_ways[way](response, Encoding.Latin1.GetBytes(Forged));
                }
                catch (InvalidOperationException)
                {
                    refusals++;
                }

                if (flushes)
                {
                    await response.FlushAsync();
                }
            },
            new MemoryTransport().Arrive(Get + Get).FinishSending());

        var sent = await server.EndAsync();

        Assert.Equal(1, refusals);
        Assert.DoesNotContain("EVIL", sent, StringComparison.Ordinal);
        Assert.Equal(1, sent.Split("HTTP/1.1 ").Length - 1);
        // The connection closes: a handler that writes forbidden content gets no further request.
        Assert.True(server.Transport.IsAborted);
        Assert.Equal(1, server.Log.Errors);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Content_written_before_a_smaller_length_is_declared_is_never_sent(bool flushes)
    {
        using var server = new MemoryServer(
            async context =>
            {
                context.Response.Write("123456789"u8);
                context.Response.ContentLength = 5;
                if (flushes)
                {
                    await Assert.ThrowsAsync<InvalidOperationException>(async () => await context.Response.FlushAsync());
                }
            },
            new MemoryTransport().Arrive(Get).FinishSending());

        var response = Assert.Single(ResponseReader.Read(await server.EndAsync(), [("GET", false)]));

        Assert.Equal(500, response.Status);
        Assert.DoesNotContain("12345", response.Content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HEAD_ends_a_handler_that_writes_without_end_and_the_connection_persists(bool flushes)
    {
        var pieces = 0;
        using var server = new MemoryServer(
            async context =>
            {
                if (context.Request.Path == "/end")
                {
                    await context.Response.WriteTextAsync("end");
                    return;
                }

                for (var piece = new byte[10_000]; ; pieces++)
                {
                    await context.Response.WriteAsync(piece);
                    if (flushes)
                    {
                        await context.Response.FlushAsync();
                    }
                }
            },
            new MemoryTransport().Arrive("HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET /end HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending());

        var responses = ResponseReader.Read(await server.EndAsync(), [("HEAD", false), ("GET", false)]);

        Assert.Equal([200, 200], responses.Select(response => response.Status));
        Assert.Equal("end", responses[1].Content);
        Assert.InRange(pieces, 50, 200);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_handler_that_writes_without_end_for_HEAD_ends_when_the_peer_has_left()
    {
        using var server = new MemoryServer(
            async context =>
            {
                for (; ; )
                {
                    await context.Response.WriteAsync("a"u8.ToArray());
                    await context.Response.FlushAsync();
                }
            },
            new MemoryTransport { Vanished = true }.Arrive("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending());

        await server.EndAsync();

        Assert.True(server.Transport.IsAborted);
        Assert.Equal(0, server.Log.Errors);
    }
}
