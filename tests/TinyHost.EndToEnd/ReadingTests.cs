// Owns: that queries, cookies, forms and JSON arrive as the clients people use send them, and that limits hold for these clients.

using System.Net;
using System.Net.Http.Json;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class ReadingTests
{
    // Characters that each format encodes in a way of its own.
    private const string Text = "a+b c&d=e%20;é€\U0001F600\"\\";

    private static readonly Func<RequestContext, Task> s_app = new Routes()
        .Get("/query", context => ShowAsync(context, context.Request.Query))
        .Get("/cookies", context => ShowAsync(context, context.Request.Cookies))
        .Post("/form", async context => await ShowAsync(context, await context.Request.ReadFormAsync()))
        .Post("/json", async context => await context.Response.WriteJsonAsync(await context.Request.ReadJsonAsync<string[]>()))
        .Post("/small", RequestLimits.Wrap(ReadAsync, maxBodySize: 1_000))
        .Post("/large", RequestLimits.Wrap(ReadAsync, maxBodySize: 3_000_000));

    private static async Task ReadAsync(RequestContext context)
    {
        var content = await context.Request.Body.ReadAllAsync(int.MaxValue);
        await context.Response.WriteTextAsync($"{content.Length}");
    }

    private static Task ShowAsync(RequestContext context, NameValues values) =>
        context.Response.WriteTextAsync(string.Join('\n', values.Select(pair => $"{pair.Key}: {pair.Value}")));

    private static async Task WithServerAsync(Func<string, Task> use)
    {
        var options = new ServerOptions { Prefixes = { "http://127.0.0.1:0/" }, Limits = { MaxRequestBodySize = 2_000 } };
        await using var server = new HttpServer(options, s_app);
        await server.StartAsync();
        await use($"http://127.0.0.1:{server.EndPoints[0].Port}");
    }

    [Fact]
    public Task Curl_sends_what_the_handler_reads() => WithServerAsync(async origin =>
    {
        var expected = $"text: {Text}\ntext: 2";
        string[] data = ["--data-urlencode", "text=" + Text, "--data-urlencode", "text=2"];
        Assert.Equal(expected, await CurlAsync(["--get", .. data, origin + "/query"]));
        Assert.Equal(expected, await CurlAsync([.. data, origin + "/form"]));
        Assert.Equal("a: 1\nb: \"2 3\"", await CurlAsync(["--cookie", "a=1; b=\"2 3\"", origin + "/cookies"]));
        Assert.Equal("""["x"]""", await CurlAsync(["--json", """[ "x" ]""", origin + "/json"]));
        Assert.StartsWith("415 ", await CurlAsync(["--form", "a=b", origin + "/form"]), StringComparison.Ordinal);
    });

    [Fact]
    public Task HttpClient_sends_what_the_handler_reads() => WithServerAsync(async origin =>
    {
        var stop = TestContext.Current.CancellationToken;
        using var client = new HttpClient { Timeout = Deadline.Limit };
        Assert.Equal($"text: {Text}", await client.GetStringAsync(new Uri($"{origin}/query?text={Uri.EscapeDataString(Text)}"), stop));

        using var form = new FormUrlEncodedContent([new("text", Text), new("", ""), new("text", "2")]);
        using var formAnswer = await client.PostAsync(new Uri(origin + "/form"), form, stop);
        Assert.Equal($"text: {Text}\n: \ntext: 2", await formAnswer.Content.ReadAsStringAsync(stop));

        using var jsonAnswer = await client.PostAsJsonAsync(new Uri(origin + "/json"), new[] { Text }, stop);
        Assert.Equal([Text], (await jsonAnswer.Content.ReadFromJsonAsync<string[]>(stop))!);
    });

    [Theory]
    [InlineData("/small", 1_000, false, null)]
    [InlineData("/small", 1_001, false, "the limit is 1000 bytes (Request.Body.MaxSize)")]
    [InlineData("/small", 1_001, true, "the limit is 1000 bytes (Request.Body.MaxSize)")]
    [InlineData("/large", 3_000_000, false, null)]
    [InlineData("/large", 3_000_000, true, null)]
    [InlineData("/large", 3_000_001, true, "the limit is 3000000 bytes (Request.Body.MaxSize)")]
    [InlineData("/form", 2_001, true, "the limit is 2000 bytes (TinyHost:Limits:MaxRequestBodySize)")]
    public Task HttpClient_that_waits_for_100_learns_the_limit(string path, int length, bool isChunked, string? refusal) =>
        WithServerAsync(async origin =>
        {
            var stop = TestContext.Current.CancellationToken;
            using var client = new HttpClient { Timeout = Deadline.Limit };
            using var request = new HttpRequestMessage(HttpMethod.Post, origin + path) { Content = new ByteArrayContent(new byte[length]) };
            request.Headers.ExpectContinue = true;
            request.Headers.TransferEncodingChunked = isChunked;
            using var response = await client.SendAsync(request, stop);
            var text = await response.Content.ReadAsStringAsync(stop);
            Assert.Equal(refusal is null ? HttpStatusCode.OK : HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
            Assert.Equal(refusal is null ? $"{length}" : $"413 Content Too Large: body too large: {refusal}\n", text);
        });

    private static async Task<string> CurlAsync(string[] arguments)
    {
        var curl = OutsideProgram.Require("curl", package: "curl");
        var (exitCode, output, errors) = await ChildProcess.RunAsync(
            curl, ["--silent", "--show-error", "--noproxy", "*", "--max-time", "60", .. arguments]);
        Assert.True(exitCode == 0, $"curl exited with {exitCode}: {errors}");
        return output;
    }
}
