// Owns: tests of ReadFormAsync.

using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class FormTests
{
    private const string FormType = "Content-Type: application/x-www-form-urlencoded";

    private static readonly Func<RequestContext, Task> s_show = async context =>
    {
        var form = await context.Request.ReadFormAsync();
        await context.Response.WriteTextAsync(string.Join('|', form.Select(pair => $"{pair.Key}={pair.Value}")));
    };

    [Theory]
    [InlineData("", "")]
    [InlineData("a=1&b=2&a=3", "a=1|b=2|a=3")]
    [InlineData("text=one%0D%0Atwo+%26+three", "text=one\r\ntwo & three")]
    [InlineData("a=%&=b&&c&%zz=%4", "a=%|=b|c=|%zz=%4")]
    [InlineData("a=ü%C3%BC", "a=üü")]
    [InlineData("a=%FF\0%00", "a=\uFFFD\0\0")]
    [InlineData("a=b\r\n", "a=b\r\n")]
    public async Task A_form_is_decoded(string content, string expected) =>
        Assert.Equal(expected, (await s_show.SendAsync("POST", "/", content, FormType)).Content);

    [Theory]
    [InlineData(FormType + "; charset=UTF-8", 200)]
    [InlineData("Content-Type: APPLICATION/X-WWW-Form-URLEncoded ;x=y", 200)]
    [InlineData("X-No-Content-Type: 1", 200)]
    [InlineData("Content-Type: multipart/form-data; boundary=x", 415)]
    [InlineData("Content-Type: text/plain", 415)]
    [InlineData("Content-Type: application/x-www-form-urlencoded-2", 415)]
    [InlineData("Content-Type:", 415)]
    [InlineData(FormType + "\r\n" + FormType, 415)]
    public async Task Another_media_type_is_answered_with_415(string line, int status)
    {
        var response = await s_show.SendAsync("POST", "/", "a=b", line);
        var expected = status == 200
            ? "a=b"
            : "415 Unsupported Media Type: unsupported media type: the media type must be application/x-www-form-urlencoded\n";
        Assert.Equal((status, expected), (response.Status, response.Content));
    }

    public static TheoryData<string, Func<Request, Task>> OtherReads => new()
    {
        { "a piece", async request => await request.Body.ReadAsync(new byte[2]) },
        { "a stream", request => request.Body.AsStream().CopyToAsync(Stream.Null) },
        { "a piece and the rest", async request => { await request.Body.ReadAsync(new byte[2]); await request.Body.ReadAllAsync(); } },
    };

    // The rest of the content would be another form, or none; JSON of it would be the client's fault.
    [Theory]
    [MemberData(nameof(OtherReads))]
    public async Task Content_that_other_reads_have_taken_is_no_form_and_no_JSON(string kind, Func<Request, Task> read)
    {
        List<Exception?> thrown = [];
        Func<RequestContext, Task> app = async context =>
        {
            await read(context.Request);
            thrown.Add(await Record.ExceptionAsync(async () => await context.Request.ReadFormAsync()));
            thrown.Add(await Record.ExceptionAsync(async () => await context.Request.ReadJsonAsync<int>()));
        };
        Assert.Equal(200, (await app.SendAsync("POST", "/", "a=1&b=2")).Status);
        Assert.All(thrown, exception => Assert.True(
            exception is InvalidOperationException && exception.Message.StartsWith("The content has been read already"),
            $"{kind}: {exception}"));
    }

    [Fact]
    public async Task A_form_can_follow_a_read_of_all_the_content()
    {
        Func<RequestContext, Task> app = async context =>
        {
            var size = (await context.Request.Body.ReadAllAsync()).Length;
            await context.Response.WriteTextAsync($"{size} {(await context.Request.ReadFormAsync())["b"]}");
        };
        Assert.Equal("7 2", (await app.SendAsync("POST", "/", "a=1&b=2")).Content);
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_replaced()
    {
        var sent = await MemoryServer.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\na=\u00FFb\u00C3", s_show);
        Assert.EndsWith(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("a=\uFFFDb\uFFFD")), sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Length_and_pairs_are_limited()
    {
        Func<RequestContext, Task> app = async context =>
        {
            var form = await context.Request.ReadFormAsync(maxLength: 10, maxPairs: 2);
            await context.Response.WriteTextAsync($"{form.Count}");
        };
        Assert.Equal("2", (await app.SendAsync("POST", "/", "&a&&b=&", FormType)).Content);
        Assert.Equal(
            "413 Content Too Large: body too large: the limit is 2 fields (maxPairs of the handler's read)\n",
            (await app.SendAsync("POST", "/", "a&b&c", FormType)).Content);
        Assert.Equal(
            "413 Content Too Large: body too large: the limit is 10 bytes (maxLength of the handler's read)\n",
            (await app.SendAsync("POST", "/", "a=123456789", FormType)).Content);
    }

    [Theory]
    [InlineData(1_024, 200)]
    [InlineData(1_025, 413)]
    [InlineData(4_000, 413)]
    public async Task By_default_a_form_has_1_024_pairs_at_most(int pairs, int status) =>
        Assert.Equal(status, (await s_show.SendAsync("POST", "/", string.Join('&', Enumerable.Repeat("a", pairs)), FormType)).Status);

    [Fact]
    public async Task A_form_can_be_read_twice_and_a_malformed_field_is_answered_with_400_and_its_name()
    {
        Func<RequestContext, Task> app = async context =>
        {
            await context.Request.ReadFormAsync();
            var form = await context.Request.ReadFormAsync();
            await context.Response.WriteTextAsync($"{form.Get("age", 0)}");
        };
        Assert.Equal("7", (await app.SendAsync("POST", "/", "age=7", FormType)).Content);
        Assert.Equal(
            "400 Bad Request: invalid parameter: form field 'age' is not a valid Int32\n",
            (await app.SendAsync("POST", "/", "age=%007", FormType)).Content);
    }
}
