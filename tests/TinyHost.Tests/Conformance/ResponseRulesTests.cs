// Owns: what RFC 9110 and 9112 require of an origin server's responses, whatever a handler does, checked by the strict ResponseReader.

using System.Buffers;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Conformance;

public sealed class ResponseRulesTests
{
    private static readonly Routes s_routes = new Routes()
        .Get("/text", context => context.Response.WriteTextAsync("text"))
        .Get("/chunks", WriteChunksAsync)
        .Get("/empty", _ => Task.CompletedTask)
        .Get("/204", context => AnswerAsync(context, 204))
        .Get("/205", context => AnswerAsync(context, 205))
        .Get("/304", context => AnswerAsync(context, 304))
        .Get("/fails", _ => throw new InvalidOperationException("deliberate"))
        .Post("/read", async context => await context.Response.WriteTextAsync($"{(await context.Request.Body.ReadAllAsync()).Length}"))
        .Post("/unread", context => context.Response.WriteTextAsync("unread"))
        .Delete("/text", _ => Task.CompletedTask);

    // RFC 9110 §6.6.1: an origin server with a clock must send Date in all but 1xx and 5xx responses; ResponseReader requires it in all.
    // §15.5.6: 405 must carry Allow. §15.6.2: 501 for a method that is not implemented at all.
    [Theory]
    [InlineData("GET /text", 200)]
    [InlineData("HEAD /text", 200)]
    [InlineData("GET /chunks", 200)]
    [InlineData("HEAD /chunks", 200)]
    [InlineData("GET /empty", 200)]
    [InlineData("GET /204", 204)]
    [InlineData("HEAD /204", 204)]
    [InlineData("GET /205", 205)]
    [InlineData("GET /304", 304)]
    [InlineData("HEAD /304", 304)]
    [InlineData("GET /none", 404)]
    [InlineData("HEAD /none", 404)]
    [InlineData("GET /fails", 500)]
    [InlineData("HEAD /fails", 500)]
    [InlineData("POST /text", 405)]
    [InlineData("PROPFIND /text", 405)]
    [InlineData("BREW /text", 501)]
    [InlineData("get /text", 501)]
    [InlineData("BREW /none", 404)]
    [InlineData("OPTIONS /text", 204)]
    [InlineData("OPTIONS *", 204)]
    [InlineData("OPTIONS http://elsewhere", 204)]
    [InlineData("TRACE /text", 501)]
    [InlineData("GET http://elsewhere/text", 200)]
    [InlineData("GET /%74ext", 200)]
    [InlineData("GET /a/../text", 200)]
    public async Task A_request_is_answered_with_its_status_and_another_can_follow(string request, int status)
    {
        var responses = await ExchangeAsync(
            $"{request} HTTP/1.1\r\nHost: a\r\n\r\nGET /text HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            request.Split(' ')[0],
            "GET");

        Assert.Equal([status, 200], responses.Select(response => response.Status));
        Assert.Equal([false, true], responses.Select(response => response.Closes));
        Assert.Equal("text", responses[1].Content);
        if (status == 405 || request.StartsWith("OPTIONS", StringComparison.Ordinal))
        {
            var allowed = Assert.Single(responses[0].Values("Allow")).Split(", ");
            Assert.Subset(allowed.ToHashSet(), new HashSet<string> { "GET", "HEAD", "DELETE", "OPTIONS" });
        }
    }

    // RFC 9110 §9.3.2: HEAD has the fields of GET, except those that depend on generating the content.
    [Theory]
    [InlineData("/text")]
    [InlineData("/chunks")]
    [InlineData("/none")]
    [InlineData("/304")]
    public async Task HEAD_has_the_fields_of_GET_and_no_content(string path)
    {
        var octets = $"GET {path} HTTP/1.1\r\nHost: a\r\n\r\nHEAD {path} HTTP/1.1\r\nHost: a\r\n\r\n";
        var responses = await ExchangeAsync(octets, "GET", "HEAD");

        Assert.Equal(responses[0].Status, responses[1].Status);
        Assert.Equal(responses[0].Fields, responses[1].Fields);
        Assert.Equal("", responses[1].Content);
    }

    // RFC 9110 §8.6: a response to HEAD must have the Content-Length of GET or none. A handler that wrote nothing has not declared one.
    [Theory]
    [InlineData("", "1.1", null)]
    [InlineData("", "1.0", null)]
    [InlineData("content", "1.1", "7")]
    [InlineData("declared", "1.1", "1000")]
    [InlineData("empty", "1.1", "0")]
    public async Task HEAD_declares_a_length_only_if_the_handler_does(string does, string version, string? length)
    {
        var sent = await MemoryServer.ExchangeAsync($"HEAD / HTTP/{version}\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", context =>
        {
            context.Response.ContentLength = does == "declared" ? 1_000 : does == "empty" ? 0 : null;
            return does == "content" ? context.Response.WriteTextAsync("content") : Task.CompletedTask;
        });
        var response = Assert.Single(ResponseReader.Read(sent, [("HEAD", version == "1.0")]));
        Assert.Equal(length is null ? [] : [length], response.Values("Content-Length"));
        Assert.Empty(response.Values("Transfer-Encoding"));
        Assert.False(response.Closes, "The connection closes after a response without content.");
    }

    // RFC 9110 §15.3.6: a 205 has no content, and its framing must say so.
    [Fact]
    public async Task A_205_declares_that_it_has_no_content()
    {
        var response = Assert.Single(await ExchangeAsync("GET /205 HTTP/1.1\r\nHost: a\r\n\r\n", "GET"));

        Assert.Equal(["0"], response.Values("Content-Length"));
    }

    [Fact]
    public async Task Content_written_to_a_205_is_answered_with_500()
    {
        var sent = await MemoryServer.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n", context =>
        {
            context.Response.StatusCode = 205;
            return context.Response.WriteTextAsync("no");
        });

        Assert.Equal(500, Assert.Single(ResponseReader.Read(sent, [("GET", false)])).Status);
    }

    // RFC 9110 §9.3.6, §8.6: after a 2xx to CONNECT comes a tunnel and no content; TinyHost supports no tunnels.
    [Theory]
    [InlineData("", 200)]
    [InlineData("content", 500)]
    public async Task A_2xx_to_CONNECT_has_no_framing_fields_and_no_content(string content, int status)
    {
        var sent = await MemoryServer.ExchangeAsync(
            "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
            context => context.Response.WriteTextAsync(content));
        var response = Assert.Single(ResponseReader.Read(sent, [("CONNECT", false)]));

        Assert.Equal(status, response.Status);
        Assert.True(response.Closes);
    }

    // RFC 9112 §6.1: no Transfer-Encoding to HTTP/1.0; §9.3: it persists if the client asks and the response has a length.
    [Theory]
    [InlineData("/text", "", "close", ResponseEnd.Framed)]
    [InlineData("/text", "Connection: keep-alive\r\n", "keep-alive", ResponseEnd.Framed)]
    [InlineData("/chunks", "", "close", ResponseEnd.WithConnection)]
    [InlineData("/chunks", "Connection: keep-alive\r\n", "close", ResponseEnd.WithConnection)]
    [InlineData("/204", "Connection: keep-alive\r\n", "keep-alive", ResponseEnd.Framed)]
    internal async Task HTTP_1_0_is_answered_without_chunks(string path, string fields, string option, ResponseEnd end)
    {
        var sent = await MemoryServer.ExchangeAsync($"GET {path} HTTP/1.0\r\n{fields}\r\n", s_routes.HandleAsync);
        var response = Assert.Single(ResponseReader.Read(sent, [("GET", true)]));

        Assert.Equal([option], response.Values("Connection"));
        Assert.Equal(end, response.End);
    }

    // RFC 9110 §10.1.1.
    [Theory]
    [InlineData("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue", "x", "200")]
    [InlineData("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue", "", "200")]
    [InlineData("POST /read HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue", "x", "200")]
    [InlineData("POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue", "", "200 close")]
    [InlineData("POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue", "", "404 close")]
    [InlineData("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\nExpect: 100-continue", "", "413 close")]
    [InlineData("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-maybe", "", "417 close")]
    [InlineData("GET /text HTTP/1.1\r\nHost: a\r\nExpect: 100-continue", "", "200")]
    public async Task No_100_is_sent_when_it_is_forbidden_or_needless(string head, string content, string expected)
    {
        var isHttp10 = head.Contains("HTTP/1.0", StringComparison.Ordinal);
        var sent = await MemoryServer.ExchangeAsync($"{head}\r\n\r\n{content}", s_routes.HandleAsync);
        var response = Assert.Single(ResponseReader.Read(sent, [(head.Split(' ')[0], isHttp10)]));

        Assert.Equal(expected, response.Closes && !isHttp10 ? $"{response.Status} close" : $"{response.Status}");
    }

    // RFC 9110 §15.2.1, §10.1.1: one 100, when the handler reads, before the final response.
    [Fact]
    public async Task A_100_is_sent_when_the_handler_reads_and_the_content_has_not_arrived()
    {
        var transport = new MemoryTransport().Arrive(
            "POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
        using var server = new MemoryServer(s_routes.HandleAsync, transport);
        await transport.SentAsync(sent => sent.EndsWith("\r\n\r\n", StringComparison.Ordinal));
        transport.Arrive("1\r\nx\r\n").Arrive("0\r\n\r\n").FinishSending();

        var responses = ResponseReader.Read(await server.EndAsync(), [("POST", false)]);

        Assert.Equal([100, 200], responses.Select(response => response.Status));
    }

    // RFC 9112 §9.3, §9.6: the response announces that it is the last one.
    [Theory]
    [InlineData("Connection: close")]
    [InlineData("Connection: Close, x")]
    [InlineData("Connection: keep-alive, close")]
    public async Task A_response_to_a_peer_that_closes_announces_that_the_server_closes_too(string field)
    {
        var octets = $"GET /text HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\nGET /text HTTP/1.1\r\nHost: a\r\n\r\n";
        var response = Assert.Single(await ExchangeAsync(octets, "GET"));

        Assert.True(response.Closes);
    }

    // RFC 9110 §7.8: a server may ignore an Upgrade.
    [Fact]
    public async Task An_upgrade_that_no_handler_accepts_is_ignored()
    {
        var octets = "GET /text HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c, websocket\r\n"
            + "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
        var response = Assert.Single(await ExchangeAsync(octets, "GET"));

        Assert.Equal(200, response.Status);
        Assert.Empty(response.Values("Upgrade"));
        Assert.Empty(response.Values("Connection"));
    }

    // RFC 9110 §7.8: Upgrade requires its connection option, and §15.5.22: 426 has both.
    [Theory]
    [InlineData("")]
    [InlineData("Connection: close\r\n")]
    public async Task An_upgrade_that_the_server_offers_is_a_connection_option(string fields)
    {
        var sent = await MemoryServer.ExchangeAsync($"GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n", context =>
        {
            context.Response.Fields["Upgrade"] = "websocket";
            return AnswerAsync(context, 426);
        });
        var response = Assert.Single(ResponseReader.Read(sent, [("GET", false)]));

        Assert.Contains("Upgrade", response.Values("Connection"));
        Assert.Equal(fields != "", response.Closes);
    }

    // RFC 9110 §5.5 and RFC 9112 §11.1: nothing a handler sets can end its line.
    [Fact]
    public async Task No_octet_in_a_field_can_split_a_response()
    {
        var accepted = new List<char>();
        var sent = await MemoryServer.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n", context =>
        {
            foreach (var c in Enumerable.Range(0, 0x120).Select(code => (char)code).Append('\u560A').Append('\u560D'))
            {
                if (Record.Exception(() => context.Response.Fields.Add("X-Value", $"a{c}b")) is null)
                {
                    accepted.Add(c);
                }

                _ = Record.Exception(() => context.Response.Fields.Add($"X{c}Name", "v"));
                _ = Record.Exception(() => context.Response.Trailers.Add($"X{c}Name", $"a{c}b"));
            }

            return context.Response.WriteTextAsync("whole");
        });

        var response = Assert.Single(ResponseReader.Read(sent, [("GET", false)]));

        Assert.Equal("whole", response.Content);
        Assert.Equal(accepted.Select(c => $"a{c}b"), response.Values("X-Value"));
        Assert.DoesNotContain(accepted, c => c is '\0' or '\r' or '\n' or '\u007F' or (< ' ' and not '\t') or > '\u00FF');
    }

    // RFC 9112 §6: framing and connection fields are the server's own.
    [Theory]
    [InlineData("Content-Length")]
    [InlineData("content-length")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Connection")]
    [InlineData("Keep-Alive")]
    [InlineData("Date")]
    public async Task A_framing_field_set_by_hand_is_refused_and_the_response_stays_whole(string name)
    {
        Exception? refusal = null;
        var sent = await MemoryServer.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n", context =>
        {
            refusal = Record.Exception(() => context.Response.Fields[name] = "5");
            _ = Record.Exception(() => context.Response.Fields.Add(name, "5"));
            _ = Record.Exception(() => context.Response.Trailers.Add(name, "5"));
            return context.Response.WriteTextAsync("whole");
        });

        Assert.IsType<InvalidOperationException>(refusal);
        Assert.Equal("whole", Assert.Single(ResponseReader.Read(sent, [("GET", false)])).Content);
    }

    private static async Task<IReadOnlyList<WireResponse>> ExchangeAsync(string octets, params string[] methods)
    {
        var sent = await MemoryServer.ExchangeAsync(octets, s_routes.HandleAsync);
        var responses = ResponseReader.Read(sent, methods.Select(method => (method, false)));
        Assert.All(responses, response => Assert.NotEqual(ResponseEnd.CutOff, response.End));
        return responses;
    }

    private static Task AnswerAsync(RequestContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static async Task WriteChunksAsync(RequestContext context)
    {
        context.Response.Write("one"u8);
        await context.Response.FlushAsync();
        context.Response.Write("two"u8);
    }
}
