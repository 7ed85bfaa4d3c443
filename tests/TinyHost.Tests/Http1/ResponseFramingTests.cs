using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ResponseFramingTests
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string LastGet = "GET /z HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    private static Task Path(RequestContext context) => context.Response.WriteTextAsync(context.Request.Path);

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    [Theory]
    [InlineData(100)]
    [InlineData(20_000)]
    public async Task A_flush_sends_whole_chunks(int length)
    {
        var isReceived = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(async context =>
        {
            context.Response.Write(new byte[length]);
            await context.Response.FlushAsync();
            await isReceived.Task;
        });
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        var head = await client.ReadHeadAsync();
        Assert.Contains("Transfer-Encoding: chunked\r\n", head, StringComparison.Ordinal);
        var chunk = $"{length:x}\r\n{new string('\0', length)}\r\n";
        Assert.Equal(chunk, await client.ReadCountAsync(chunk.Length).WaitAsync(TestTimeout.Long));
        isReceived.SetResult();
        Assert.Equal("0\r\n\r\n", await client.ReadCountAsync(5));
    }

    [Fact]
    public async Task Head_is_answered_with_the_length_of_get_and_no_content()
    {
        var sent = await MemoryServer.ExchangeAsync("HEAD /abc HTTP/1.1\r\nHost: h\r\n\r\n", Path);
        Assert.Contains("Content-Length: 4\r\n", sent, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flushed_response_is_chunked_and_carries_trailers()
    {
        var sent = await MemoryServer.ExchangeAsync(LastGet, async context =>
        {
            await context.Response.WriteTextAsync("one");
            await context.Response.FlushAsync();
            await context.Response.WriteTextAsync("two");
            context.Response.Trailers["Checksum"] = "42";
        });
        Assert.Contains("Transfer-Encoding: chunked\r\n", sent, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\nChecksum: 42\r\n\r\n", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flushed_response_to_http_1_0_ends_with_the_connection()
    {
        var sent = await MemoryServer.ExchangeAsync("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", async context =>
        {
            await context.Response.WriteTextAsync("one");
            await context.Response.FlushAsync();
            await context.Response.WriteTextAsync("two");
        });
        Assert.Contains("Connection: close\r\n", sent, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nonetwo", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_write_is_sent_from_where_it_lies_with_the_declared_length()
    {
        var content = new byte[300_000];
        Array.Fill(content, (byte)'x');
        var sent = await MemoryServer.ExchangeAsync(LastGet, async context =>
        {
            context.Response.ContentLength = content.Length;
            await context.Response.WriteAsync(content);
        });
        Assert.Contains("Content-Length: 300000\r\n", sent, StringComparison.Ordinal);
        Assert.Equal(300_000, Count(sent, "x"));
    }

    [Theory]
    [InlineData(10, 10, 2)]
    [InlineData(8_000, 100, 2)]
    [InlineData(8_000, 60_000, 5)]
    [InlineData(20_000, 0, 4)]
    [InlineData(20_000, 50_000, 5)]
    public async Task What_is_held_back_and_what_is_new_are_one_chunk_and_only_what_is_small_is_copied(int held, int added, int sends)
    {
        using var server = new MemoryServer(
            async context =>
            {
                await context.Response.WriteAsync(Enumerable.Repeat((byte)'h', held).ToArray());
                await context.Response.WriteAsync(Enumerable.Repeat((byte)'n', added).ToArray());
                await context.Response.FlushAsync();
            },
            new MemoryTransport().Arrive(Get).FinishSending());
        var content = new string('h', held) + new string('n', added);
        Assert.EndsWith($"\r\n\r\n{content.Length:x}\r\n{content}\r\n0\r\n\r\n", await server.EndAsync(), StringComparison.Ordinal);
        Assert.Equal(sends, server.Transport.Sends);

        // And nothing of it to HEAD.
        var sent = await MemoryServer.ExchangeAsync("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + Get, async context =>
        {
            await context.Response.WriteAsync(new byte[held]);
            await context.Response.WriteAsync(new byte[added]);
            await context.Response.FlushAsync();
        });
        Assert.Equal(2, Count(sent, "HTTP/1.1 "));
        Assert.Contains("\r\n\r\nHTTP/1.1 ", sent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(204)]
    [InlineData(304)]
    public async Task A_status_without_content_has_no_framing_fields(int status)
    {
        var sent = await MemoryServer.ExchangeAsync(Get, context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        Assert.DoesNotContain("Content-Length", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("Transfer-Encoding", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writing_content_to_a_204_is_answered_with_500_and_logged()
    {
        using var server = new MemoryServer(
            context =>
            {
                context.Response.StatusCode = 204;
                return context.Response.WriteTextAsync("no");
            },
            new MemoryTransport().Arrive(Get).FinishSending());
        Assert.StartsWith("HTTP/1.1 500 ", await server.EndAsync(), StringComparison.Ordinal);
        Assert.Contains(server.Log.Entries, entry => entry.Exception?.Message.Contains("has no content", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Writing_less_than_declared_before_the_start_is_answered_with_500()
    {
        var sent = await MemoryServer.ExchangeAsync(Get, context =>
        {
            context.Response.ContentLength = 10;
            return context.Response.WriteTextAsync("short");
        });
        Assert.StartsWith("HTTP/1.1 500 ", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writing_less_than_declared_after_the_start_aborts()
    {
        using var server = new MemoryServer(
            async context =>
            {
                context.Response.ContentLength = 10;
                await context.Response.WriteTextAsync("short");
                await context.Response.FlushAsync();
            },
            new MemoryTransport().Arrive(Get + Get));
        await server.EndAsync();
        Assert.True(server.Transport.IsAborted);
        Assert.Equal(1, Count(server.Transport.Sent, "HTTP/1.1 "));
    }

    [Fact]
    public async Task Writing_more_than_declared_throws_and_never_misframes()
    {
        Exception? seen = null;
        using var server = new MemoryServer(
            async context =>
            {
                context.Response.ContentLength = 3;
                await context.Response.WriteTextAsync("abc");
                await context.Response.FlushAsync();
                seen = await Record.ExceptionAsync(async () => await context.Response.WriteAsync("d"u8.ToArray()));
            },
            new MemoryTransport().Arrive(Get).FinishSending());
        await server.EndAsync();
        Assert.IsType<InvalidOperationException>(seen);
        Assert.True(server.Transport.IsAborted);
        Assert.EndsWith("\r\n\r\nabc", server.Transport.Sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_handler_is_answered_with_500_logged_once_and_the_connection_stays()
    {
        using var server = new MemoryServer(
            context => context.Request.Path == "/a" ? throw new InvalidOperationException("boom") : Path(context),
            new MemoryTransport().Arrive(Get + LastGet).FinishSending());
        var sent = await server.EndAsync();
        Assert.StartsWith("HTTP/1.1 500 Internal Server Error\r\n", sent, StringComparison.Ordinal);
        Assert.EndsWith("/z", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("boom", sent, StringComparison.Ordinal);
        Assert.Equal(1, server.Log.Errors);
    }

    [Fact]
    public async Task A_handler_that_fails_after_the_start_gets_its_connection_aborted()
    {
        using var server = new MemoryServer(
            async context =>
            {
                await context.Response.WriteTextAsync("part");
                await context.Response.FlushAsync();
                throw new InvalidOperationException("boom");
            },
            new MemoryTransport().Arrive(Get));
        await server.EndAsync();
        Assert.True(server.Transport.IsAborted);
        Assert.DoesNotContain("0\r\n\r\n", server.Transport.Sent, StringComparison.Ordinal);
        Assert.Equal(1, server.Log.Errors);
    }
}
