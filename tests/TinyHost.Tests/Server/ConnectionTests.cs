using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ConnectionTests
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string LastGet = "GET /z HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    private static Task Path(RequestContext context) => context.Response.WriteTextAsync(context.Request.Path);

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    [Fact]
    public async Task A_response_has_status_date_and_length()
    {
        var sent = await MemoryServer.ExchangeAsync(Get, Path);
        Assert.Equal(
            "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n\r\n/a",
            sent);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("GET /a HT", false)]
    [InlineData(Get, true)]
    public async Task Only_a_request_under_way_is_left_unfinished_when_the_stop_gives_up(string octets, bool unfinished)
    {
        using var server = new MemoryServer(
            context => Task.Delay(Timeout.Infinite, context.Aborted), octets.Length == 0 ? null : new MemoryTransport().Arrive(octets));
        server.Connection.CloseIfIdle();
        Assert.Equal(unfinished, server.Connection.Abort());
        await server.EndAsync();
    }

    [Fact]
    public async Task The_date_follows_the_clock_once_a_second()
    {
        using var server = new MemoryServer(Path);
        server.Time.Advance(TimeSpan.FromSeconds(3));
        server.Transport.Arrive(Get).FinishSending();
        Assert.Contains("Date: Sun, 22 Nov 2026 12:00:03 GMT\r\n", await server.EndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pipelined_requests_are_answered_in_order_in_one_send()
    {
        var requests = string.Concat(Enumerable.Range(0, 16).Select(i => $"GET /{i} HTTP/1.1\r\nHost: h\r\n\r\n"));
        using var server = new MemoryServer(Path, new MemoryTransport().Arrive(requests).FinishSending());
        var sent = await server.EndAsync();
        var positions = Enumerable.Range(0, 16).Select(i => sent.IndexOf($"\r\n\r\n/{i}", StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(-1, positions);
        Assert.Equal(positions.Order(), positions);
        Assert.Equal(1, server.Transport.Sends);
    }

    [Fact]
    public async Task An_answer_does_not_wait_for_a_slow_handler_of_the_next_request()
    {
        var release = new TaskCompletionSource();
        using var server = new MemoryServer(async context =>
        {
            if (context.Request.Path == "/slow")
            {
                await release.Task;
            }

            await Path(context);
        });
        server.Transport.Arrive(Get + "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending();
        await server.Transport.SentAsync(sent => sent.EndsWith("/a", StringComparison.Ordinal));
        release.SetResult();
        Assert.EndsWith("/slow", await server.EndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_that_flushes_keeps_the_order_with_held_answers()
    {
        using var server = new MemoryServer(async context =>
        {
            await Path(context);
            if (context.Request.Path == "/b")
            {
                await context.Response.FlushAsync();
                await Task.Yield();
                await context.Response.FlushAsync();
            }
        });
        server.Transport.Arrive(Get + "GET /b HTTP/1.1\r\nHost: h\r\n\r\n" + LastGet).FinishSending();
        var sent = await server.EndAsync();
        Assert.Equal(3, Count(sent, "HTTP/1.1 200 OK"));
        Assert.Contains("\r\n\r\n/aHTTP/1.1", sent, StringComparison.Ordinal);
        Assert.Contains("\r\n\r\n2\r\n/b\r\n0\r\n\r\nHTTP/1.1", sent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "Connection: close")]
    [InlineData("GET / HTTP/1.0\r\n\r\n", "Connection: close")]
    [InlineData("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "Connection: keep-alive")]
    public async Task The_connection_option_answers_the_request(string request, string expected)
    {
        Assert.Contains(expected, await MemoryServer.ExchangeAsync(request, Path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_behind_a_closing_request_is_served()
    {
        var sent = await MemoryServer.ExchangeAsync(LastGet + Get, Path);
        Assert.Equal(1, Count(sent, "HTTP/1.1 "));
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
    [InlineData(20_000, 0, 3)]
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
            var sent = await MemoryServer.ExchangeAsync(request + LastGet, async context => await context.Response.WriteTextAsync("[" + await way(context) + "]"));
            Assert.Contains($"\r\n\r\n[{expected}]HTTP/1.1 200", sent, StringComparison.Ordinal);
            Assert.EndsWith("[]", sent, StringComparison.Ordinal);

            // And the same when every octet arrives alone.
            using var slow = new MemoryServer(async context => await context.Response.WriteTextAsync("[" + await way(context) + "]"));
            foreach (var octet in request)
            {
                slow.Transport.Arrive(octet.ToString());
            }

            slow.Transport.FinishSending();
            Assert.EndsWith($"[{expected}]", await slow.EndAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Trailers_are_there_once_the_content_is_read()
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
        var reading = new MemoryServer(async context => await context.Response.WriteTextAsync((await context.Request.Body.ReadAllAsync()).Length.ToString()));
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
    public async Task Continue_is_not_sent_when_the_content_is_there_already()
    {
        var sent = await MemoryServer.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nok",
            async context => await context.Request.Body.ReadAllAsync());
        Assert.DoesNotContain("100 Continue", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_request_is_answered_counted_and_closes_the_connection()
    {
        using var server = new MemoryServer(Path, new MemoryTransport().Arrive(Get + "GET / HTTP/1.1\r\nHost : h\r\n\r\n" + Get).FinishSending());
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
    public async Task Nothing_behind_refused_content_is_a_request_though_the_response_had_begun(string rest)
    {
        var paths = new List<string>();
        using var server = new MemoryServer(
            async context =>
            {
                paths.Add(context.Request.Path);
                await context.Response.FlushAsync();
                await Assert.ThrowsAsync<RequestRejectedException>(async () => await context.Request.Body.ReadAllAsync(maxLength: 16));
            },
            new MemoryTransport().Arrive("POST /early HTTP/1.1\r\nHost: h\r\n" + rest + "GET /smuggled HTTP/1.1\r\nHost: victim\r\n\r\n").FinishSending());
        var sent = await server.EndAsync();
        Assert.Equal(["/early"], paths);
        Assert.Equal(1, Count(sent, "HTTP/1.1 "));
    }

    [Fact]
    public async Task Cancelling_a_read_ends_it_and_the_connection_after_the_response()
    {
        using var cancel = new CancellationTokenSource();
        using var server = new MemoryServer(
            async context =>
            {
                var read = context.Request.Body.ReadAsync(new byte[8], cancel.Token);
                Assert.False(read.IsCompleted);
                await cancel.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);
                context.Response.StatusCode = 504;
            },
            new MemoryTransport().Arrive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"));
        var sent = await server.HangUpAsync();
        Assert.StartsWith("HTTP/1.1 504 ", sent, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", sent, StringComparison.Ordinal);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_the_rest_of_a_head()
    {
        using var server = new MemoryServer(Path, new MemoryTransport().Arrive("G"));
        await Until.TrueAsync(() => server.Transport.ReceivesBegun == 2);
        await server.Connections.CloseAsync().WaitAsync(TestTimeout.Long);
        Assert.Equal("", await server.EndAsync());
    }

    [Fact]
    public async Task Malformed_content_throws_at_every_read()
    {
        await MemoryServer.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            async context =>
            {
                for (var i = 0; i < 2; i++)
                {
                    var e = await Assert.ThrowsAsync<RequestRejectedException>(async () => await context.Request.Body.ReadAsync(new byte[1]));
                    Assert.Equal(RejectReason.InvalidChunk, e.Reason);
                }
            });
    }

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

    [Fact]
    public async Task A_connection_that_ends_inside_a_head_is_answered_with_400()
    {
        Assert.StartsWith("HTTP/1.1 400 ", await MemoryServer.ExchangeAsync("GET / HTTP/1.1\r\nHo", Path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_ends_inside_content_is_answered_with_400()
    {
        var sent = await MemoryServer.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab", async context => await context.Request.Body.ReadAllAsync());
        Assert.StartsWith("HTTP/1.1 400 ", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_only_connects_and_leaves_is_sent_nothing()
    {
        Assert.Equal("", await MemoryServer.ExchangeAsync("", Path));
    }

    [Fact]
    public async Task An_idle_connection_holds_no_buffer_and_is_closed_at_its_deadline()
    {
        using var server = new MemoryServer(Path, new MemoryTransport().Arrive(Get));
        await server.Transport.SentAsync(sent => sent.EndsWith("/a", StringComparison.Ordinal));
        await Until.TrueAsync(() => server.Pool.Lent == 0);
        server.Time.Advance(server.Limits.IdleTimeout);
        Assert.False(server.Served.IsCompleted);
        server.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, Count(await server.EndAsync(), "HTTP/1.1 "));
    }

    [Fact]
    public async Task A_slow_header_section_is_answered_with_408()
    {
        using var server = new MemoryServer(Path, new MemoryTransport().Arrive("GET / HTTP/1.1\r\n"));
        for (var i = 0; i < 32; i++)
        {
            // A line a second does not renew the deadline.
            await Until.TrueAsync(() => server.Transport.Receives > i);
            server.Transport.Arrive($"X-{i}: y\r\n");
            server.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.StartsWith("HTTP/1.1 408 Request Timeout\r\n", await server.HangUpAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_below_the_least_rate_is_refused_with_408()
    {
        using var server = new MemoryServer(
            async context => await context.Request.Body.ReadAllAsync(),
            new MemoryTransport().Arrive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"));
        for (var i = 0; !server.Transport.SendIsShut; i++)
        {
            // One octet a second, each received before the clock moves on.
            server.Transport.Arrive("x");
            await Until.TrueAsync(() => server.Transport.Receives >= i + 2 || server.Transport.SendIsShut);
            server.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.StartsWith("HTTP/1.1 408 ", await server.HangUpAsync(), StringComparison.Ordinal);
    }

    // RFC 9112 §9.6: a reset could cost the peer the answer it has not read yet.
    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHo")]
    [InlineData("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nbeginning")]
    [InlineData("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nFFFFF\r\nbeginning")]
    public async Task A_peer_that_was_too_slow_may_go_on_for_a_while_and_read_why(string beginning)
    {
        var (client, socket) = await RawClient.PairAsync();
        using var owned = client;
        var transport = new WatchedTransport(new SocketTransport(socket));
        using var server = new MemoryServer(async context => await context.Request.Body.ReadAllAsync(), transport);
        await client.SendAsync(beginning);
        await Until.TrueAsync(() => transport.ReceivesBegun == 2);
        server.Time.Advance(server.Limits.HeaderSectionTimeout + TimeSpan.FromSeconds(2));
        var head = await client.ReadHeadAsync();

        // More than once: a reset, which octets would meet that come after the end, shows when the next are sent.
        for (var i = 0; i < 10; i++)
        {
            await client.SendAsync(new string('x', 50_000));
        }

        Assert.StartsWith("HTTP/1.1 408 ", head, StringComparison.Ordinal);
        Assert.Contains("408", await client.ReadToEndAsync(), StringComparison.Ordinal);
        client.FinishSending();
        await server.Served.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        Assert.Equal(0, server.Pool.Lent);
    }

    [Fact]
    public async Task A_peer_that_was_too_slow_may_not_go_on_for_ever()
    {
        using var server = new MemoryServer(Path, new MemoryTransport().Arrive("GET / HTTP/1.1\r\n"));
        await Until.TrueAsync(() => server.Transport.ReceivesBegun == 2);
        server.Time.Advance(server.Limits.HeaderSectionTimeout + TimeSpan.FromSeconds(2));
        for (var i = 0; i < 2; i++)
        {
            await Until.TrueAsync(() => server.Transport.ReceivesBegun == i + 3);
            server.Transport.Arrive("late");
        }

        await Until.TrueAsync(() => server.Transport.ReceivesBegun == 5);
        server.Time.Advance(server.Limits.LingerTimeout + TimeSpan.FromSeconds(2));
        Assert.StartsWith("HTTP/1.1 408 ", await server.EndAsync(), StringComparison.Ordinal);
        Assert.True(server.Transport.IsAborted);
    }

    [Fact]
    public async Task Slow_content_behind_a_pipelined_request_is_refused_as_well()
    {
        using var server = new MemoryServer(
            async context => await context.Request.Body.ReadAllAsync(),
            new MemoryTransport().Arrive(Get + "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"));
        await server.Transport.SentAsync(sent => sent.Contains("200 OK", StringComparison.Ordinal));
        server.Time.Advance(server.Limits.MinDataRateGrace + TimeSpan.FromSeconds(2));
        server.Transport.FinishSending();
        Assert.Contains("HTTP/1.1 408 ", await server.EndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_held_answer_that_is_not_read_sheds_its_peer_while_a_handler_reads()
    {
        var transport = new MemoryTransport();
        transport.BlockSends();
        using var server = new MemoryServer(
            async context => await context.Request.Body.ReadAllAsync(),
            transport.Arrive(Get + "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n"));
        await Until.TrueAsync(() => transport.SendIsBlocked);
        for (var i = 0; !server.Served.IsCompleted; i++)
        {
            // Content comes fast enough all the time.
            transport.Arrive(new byte[1_000]);
            await Until.TrueAsync(() => transport.Receives >= i + 2 || server.Served.IsCompleted || transport.IsAborted);
            server.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await server.EndAsync();
        Assert.True(transport.IsAborted);
    }

    [Fact]
    public async Task A_peer_that_does_not_read_is_shed()
    {
        var transport = new MemoryTransport();
        transport.BlockSends();
        using var server = new MemoryServer(async context => await context.Response.WriteAsync(new byte[65_537]), transport.Arrive(Get));
        await Until.TrueAsync(() => transport.SendIsBlocked);
        server.Time.Advance(server.Limits.IdleTimeout + TimeSpan.FromSeconds(2));
        await server.EndAsync();
        Assert.True(server.Transport.IsAborted);
    }

    [Fact]
    public async Task A_failing_send_ends_the_connection_in_silence()
    {
        using var server = new MemoryServer(Path, new MemoryTransport { FailSend = 0 }.Arrive(Get));
        await server.EndAsync();
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_reset_inside_content_reaches_the_handler_as_an_io_exception_and_is_not_logged()
    {
        Exception? seen = null;
        using var server = new MemoryServer(
            async context =>
            {
                try
                {
                    await context.Request.Body.ReadAllAsync();
                }
                catch (IOException e)
                {
                    seen = e;
                    throw;
                }
            },
            new MemoryTransport().Arrive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"));
        await Until.TrueAsync(() => server.Transport.Receives == 1);
        server.Transport.Reset();
        await server.EndAsync();
        Assert.NotNull(seen);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task The_aborted_token_fires_when_the_peer_has_vanished()
    {
        var waiting = new TaskCompletionSource();
        using var server = new MemoryServer(
            async context =>
            {
                waiting.SetResult();
                await Task.Delay(Timeout.Infinite, context.Aborted);
            },
            new MemoryTransport().Arrive(Get));
        await waiting.Task;
        await Until.TrueAsync(() =>
        {
            server.Transport.Vanished = true;
            server.Time.Advance(TimeSpan.FromSeconds(1));
            return server.Served.IsCompleted;
        });
        await server.EndAsync();
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_path_outside_every_prefix_is_404_and_inside_one_it_is_split()
    {
        Task Both(RequestContext context) => context.Response.WriteTextAsync(context.Request.BasePath + "|" + context.Request.Path);
        foreach (var (path, expected) in new[] { ("/app/x", "/app|/x"), ("/app", "/app|/"), ("/apple", "404 Not Found\n"), ("/", "404 Not Found\n") })
        {
            using var server = new MemoryServer(Both, new MemoryTransport().Arrive($"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending(), basePaths: "/app");
            Assert.EndsWith("\r\n\r\n" + expected, await server.EndAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("OPTIONS *", "204 No Content", "Allow: GET, HEAD, OPTIONS")]
    [InlineData("OPTIONS http://h", "204 No Content", "Allow: GET, HEAD, OPTIONS")]
    [InlineData("OPTIONS http://h?", "404 Not Found", "Content-Length")]
    [InlineData("OPTIONS http://h/", "404 Not Found", "Content-Length")]
    [InlineData("OPTIONS /", "404 Not Found", "Content-Length")]
    [InlineData("GET http://h", "404 Not Found", "Content-Length")]
    [InlineData("CONNECT h:80", "501 Not Implemented", "Content-Length")]
    public async Task A_request_about_the_whole_server_is_the_apps_whatever_the_prefix(string request, string status, string field)
    {
        using var server = new MemoryServer(
            new Routes().Get("/x", _ => Task.CompletedTask).HandleAsync,
            new MemoryTransport().Arrive($"{request} HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending(),
            basePaths: "/app");
        var sent = await server.EndAsync();
        Assert.StartsWith($"HTTP/1.1 {status}\r\n", sent, StringComparison.Ordinal);
        Assert.Contains("\r\n" + field, sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Items_route_and_values_start_afresh_with_each_request()
    {
        var counts = new List<int>();
        await MemoryServer.ExchangeAsync(Get + Get, context =>
        {
            counts.Add(context.Items.Count + context.Request.RouteValues.Count + (context.Route is null ? 0 : 1) + (context.Measured ? 0 : 1));
            context.Items["x"] = 1;
            context.Route = "/a";
            context.Measured = false;
            return Task.CompletedTask;
        });
        Assert.Equal([0, 0], counts);
    }

    [Fact]
    public async Task A_stop_closes_an_idle_connection_and_lets_a_busy_one_finish()
    {
        using var idle = new MemoryServer(Path);
        await Until.TrueAsync(() => idle.Pool.Lent == 0);
        var closing = idle.Connections.CloseAsync();
        await idle.EndAsync();
        await closing.WaitAsync(TestTimeout.Long);

        var release = new TaskCompletionSource();
        using var busy = new MemoryServer(
            async context =>
            {
                await release.Task;
                await Path(context);
            },
            new MemoryTransport().Arrive(Get + Get).FinishSending());
        _ = busy.Connections.CloseAsync();
        release.SetResult();
        var sent = await busy.EndAsync();
        Assert.Contains("Connection: close", sent, StringComparison.Ordinal);
        Assert.Equal(1, Count(sent, "HTTP/1.1 "));
    }
}
