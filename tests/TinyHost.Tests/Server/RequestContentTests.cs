using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class RequestContentTests
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string LastGet = "GET /z HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    private static Task Path(RequestContext context) => context.Response.WriteTextAsync(context.Request.Path);

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", "hello")]
    [InlineData("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: v\r\n\r\n", "hello")]
    [InlineData("POST / HTTP/1.1\r\nHost: h\r\n\r\n", "")]
    public async Task Content_is_read_in_pieces_at_once_and_as_a_stream(string request, string expected)
    {
        Func<RequestContext, Task<string>>[] ways =
        [
            async context => Encoding.UTF8.GetString((await context.Request.Body.ReadAllAsync()).Span),
            async context =>
            {
                var text = "";
                var one = new byte[1];
                while (await context.Request.Body.ReadAsync(one) == 1)
                {
                    text += (char)one[0];
                }

                return text;
            },
            async context => await new StreamReader(context.Request.Body.AsStream()).ReadToEndAsync(),
        ];
        foreach (var way in ways)
        {
            var sent = await MemoryServer.ExchangeAsync(
                request + LastGet, async context => await context.Response.WriteTextAsync("[" + await way(context) + "]"));
            Assert.Contains($"\r\n\r\n[{expected}]HTTP/1.1 200", sent, StringComparison.Ordinal);
            Assert.EndsWith("[]", sent, StringComparison.Ordinal);

            // The result is the same if every byte arrives separately.
            using var slow = new MemoryServer(async context => await context.Response.WriteTextAsync("[" + await way(context) + "]"));
            foreach (var character in request)
            {
                slow.Transport.Arrive(character.ToString());
            }

            slow.Transport.FinishSending();
            Assert.EndsWith($"[{expected}]", await slow.EndAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Trailers_are_available_once_the_content_is_read()
    {
        var sent = await MemoryServer.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nCheck: 7\r\nContent-Length: 9\r\n\r\n",
            async context =>
            {
                Assert.Empty(context.Request.Body.Trailers);
                await context.Request.Body.ReadAllAsync();
                await context.Response.WriteTextAsync(context.Request.Body.Trailers["check"] + context.Request.Body.Trailers.Count);
            });
        Assert.EndsWith("71", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unread_content_is_drained_and_the_next_request_served()
    {
        var sent = await MemoryServer.ExchangeAsync(
            $"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n{new string('x', 5_000)}{LastGet}", Path);
        Assert.EndsWith("/z", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unread_content_beyond_the_drain_limit_closes_the_connection()
    {
        var sent = await MemoryServer.ExchangeAsync(
            $"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n{new string('x', 5_000)}{Get}",
            Path,
            limits => limits.MaxDrainSize = 100);
        Assert.Contains("Connection: close", sent, StringComparison.Ordinal);
        Assert.Equal(1, Count(sent, "HTTP/1.1 "));
    }

    [Fact]
    public async Task Continue_is_sent_only_when_the_handler_reads()
    {
        const string Expecting = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
        var reading = new MemoryServer(
            async context => await context.Response.WriteTextAsync((await context.Request.Body.ReadAllAsync()).Length.ToString()));
        reading.Transport.Arrive(Expecting);
        await reading.Transport.SentAsync(sent => sent == "HTTP/1.1 100 Continue\r\n\r\n");
        reading.Transport.Arrive("ok").FinishSending();
        Assert.EndsWith("\r\n\r\n2", await reading.EndAsync(), StringComparison.Ordinal);
        reading.Dispose();

        var refusing = await MemoryServer.ExchangeAsync(Expecting, Path);
        Assert.DoesNotContain("100 Continue", refusing, StringComparison.Ordinal);
        Assert.Contains("Connection: close", refusing, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Continue_is_not_sent_if_content_has_already_arrived()
    {
        var sent = await MemoryServer.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nok",
            async context => await context.Request.Body.ReadAllAsync());
        Assert.DoesNotContain("100 Continue", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_request_is_answered_counted_and_closes_the_connection()
    {
        using var server = new MemoryServer(
            Path, new MemoryTransport().Arrive(Get + "GET / HTTP/1.1\r\nHost : h\r\n\r\n" + Get).FinishSending());
        var sent = await server.EndAsync();
        Assert.Equal(2, Count(sent, "HTTP/1.1 "));
        Assert.Contains("HTTP/1.1 400 Bad Request\r\n", sent, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", sent, StringComparison.Ordinal);
        Assert.EndsWith("400 Bad Request: invalid field name\n", sent, StringComparison.Ordinal);
        Assert.True(server.Transport.SendIsShut);
    }

    [Fact]
    public async Task Malformed_content_is_answered_when_the_handler_lets_the_exception_pass()
    {
        var sent = await MemoryServer.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + Get,
            async context => await context.Request.Body.ReadAllAsync());
        Assert.StartsWith("HTTP/1.1 400 ", sent, StringComparison.Ordinal);
        Assert.EndsWith("invalid chunk\n", sent, StringComparison.Ordinal);
        Assert.Equal(1, Count(sent, "HTTP/1.1 "));
    }

    [Theory]
    [InlineData("Content-Length: 40\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nzz\r\n")]
    public async Task Bytes_after_refused_content_are_not_a_request_even_if_the_response_has_started(string rest)
    {
        var paths = new List<string>();
        using var server = new MemoryServer(
            async context =>
            {
                paths.Add(context.Request.Path);
                await context.Response.FlushAsync();
                await Assert.ThrowsAsync<RequestRejectedException>(async () => await context.Request.Body.ReadAllAsync(maxLength: 16));
            },
            new MemoryTransport().Arrive(
                "POST /early HTTP/1.1\r\nHost: h\r\n" + rest + "GET /smuggled HTTP/1.1\r\nHost: victim\r\n\r\n").FinishSending());
        var sent = await server.EndAsync();
        Assert.Equal(["/early"], paths);
        Assert.Equal(1, Count(sent, "HTTP/1.1 "));
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nhello")]
    [InlineData("Content-Length: 5\r\n\r\nhe|llo")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n|3\r\nllo\r\n0\r\n\r\n")]
    public async Task Reading_all_content_again_returns_the_same_content(string content)
    {
        var transport = new MemoryTransport();
        using var server = new MemoryServer(
            async context =>
            {
                var first = await context.Request.Body.ReadAllAsync(cancellationToken: TestContext.Current.CancellationToken);
                var second = await context.Request.Body.ReadAllAsync(cancellationToken: TestContext.Current.CancellationToken);
                Assert.Equal("hello"u8, first.Span);
                Assert.Equal("hello"u8, second.Span);
                Assert.Equal(0, await context.Request.Body.ReadAsync(new byte[1], TestContext.Current.CancellationToken));
                context.Response.Write(second.Span);
            },
            transport);
        foreach (var piece in ("POST / HTTP/1.1\r\nHost: h\r\n" + content).Split('|'))
        {
            transport.Arrive(piece);
        }

        transport.FinishSending();
        Assert.EndsWith("\r\n\r\nhello", await server.EndAsync(), StringComparison.Ordinal);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task Cancelling_a_read_loses_nothing()
    {
        using var cancel = new CancellationTokenSource();
        var cancelled = new TaskCompletionSource();
        using var server = new MemoryServer(
            async context =>
            {
                var read = context.Request.Body.ReadAsync(new byte[8], cancel.Token);
                Assert.False(read.IsCompleted);
                await cancel.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);
                cancelled.SetResult();
                context.Response.Write(
                    (await context.Request.Body.ReadAllAsync(cancellationToken: TestContext.Current.CancellationToken)).Span);
            },
            new MemoryTransport().Arrive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"));
        await cancelled.Task;
        server.Transport.Arrive("hello").FinishSending();
        var sent = await server.EndAsync();
        Assert.EndsWith("\r\n\r\nhello", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("Connection: close\r\n", sent, StringComparison.Ordinal);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task Malformed_content_throws_at_every_read() => await MemoryServer.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            async context =>
            {
                for (var i = 0; i < 2; i++)
                {
                    var e = await Assert.ThrowsAsync<RequestRejectedException>(
                        async () => await context.Request.Body.ReadAsync(new byte[1]));
                    Assert.Equal(RejectReason.InvalidChunk, e.Reason);
                }
            });

    [Fact]
    public async Task Content_over_the_limit_is_refused()
    {
        var declared = await MemoryServer.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n", Path, limits => limits.MaxRequestBodySize = 10);
        Assert.StartsWith("HTTP/1.1 413 ", declared, StringComparison.Ordinal);
        var chunked = await MemoryServer.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n6\r\naaaaaa\r\n6\r\naaaaaa\r\n0\r\n\r\n",
            async context => await context.Request.Body.ReadAllAsync(),
            limits => limits.MaxRequestBodySize = 10);
        Assert.StartsWith("HTTP/1.1 413 ", chunked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flood_of_chunk_extensions_is_refused()
    {
        string Message(int chunks) =>
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            + string.Concat(Enumerable.Repeat($"1;x={new string('y', 200)}\r\na\r\n", chunks)) + "0\r\n\r\n";
        static async Task Read(RequestContext context) => await context.Request.Body.ReadAllAsync();

        Assert.StartsWith("HTTP/1.1 200 ", await MemoryServer.ExchangeAsync(Message(80), Read), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 ", await MemoryServer.ExchangeAsync(Message(90), Read), StringComparison.Ordinal);
    }
}
