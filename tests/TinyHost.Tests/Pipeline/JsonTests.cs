// Owns: tests of Json.

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed partial class JsonTests
{
    internal sealed record Point(int X, string? Name);

    internal sealed class Fragile
    {
        public string First { get; } = new('x', 5_000);

        [JsonInclude]
        public string Second => throw new NotSupportedException("on purpose");
    }

    [JsonSerializable(typeof(Point))]
    [JsonSerializable(typeof(Fragile))]
    internal sealed partial class Types : JsonSerializerContext;

    private static readonly Func<RequestContext, Task> s_echo = async context =>
    {
        var point = await context.Request.ReadJsonAsync(Types.Default.Point);
        await context.Response.WriteJsonAsync(point!, Types.Default.Point);
    };

    [Theory]
    [InlineData("Content-Type: application/json")]
    [InlineData("Content-Type: Application/JSON; charset=utf-8")]
    [InlineData("Content-Type: application/vnd.api+json")]
    [InlineData("X-No-Content-Type: 1")]
    public async Task A_value_is_read_and_written(string line)
    {
        var response = await s_echo.SendAsync("POST", "/", """{ "X": 1, "Name": "é" }""", line);
        Assert.Equal(
            (200, "application/json", """{"X":1,"Name":"\u00E9"}"""), (response.Status, response.Field("Content-Type"), response.Content));
    }

    [Fact]
    public async Task A_value_can_follow_a_flush_that_sent_no_content_type()
    {
        Func<RequestContext, Task> app = async context =>
        {
            await context.Response.FlushAsync();
            await context.Response.WriteJsonAsync(new Point(1, null), Types.Default.Point);
        };
        var response = await app.GetAsync("/");
        Assert.Equal((200, null), (response.Status, response.Field("Content-Type")));
        Assert.Contains("""{"X":1,"Name":null}""", response.Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_is_not_written_in_place_of_its_result()
    {
        List<Exception?> thrown = [];
        Func<RequestContext, Task> app = async context =>
        {
            thrown.Add(await Record.ExceptionAsync(() => context.Response.WriteJsonAsync(Task.FromResult(7))));
            thrown.Add(await Record.ExceptionAsync(() => context.Response.WriteJsonAsync(new ValueTask<int>(7))));
            thrown.Add(await Record.ExceptionAsync(() => context.Response.WriteJsonAsync<object>(Task.CompletedTask)));
        };
        Assert.Equal("", (await app.GetAsync("/")).Content);
        Assert.All(
            thrown,
            exception => Assert.StartsWith("The value is a task: await it", Assert.IsType<ArgumentException>(exception).Message));
    }

    // RFC 8259 §8.1.
    [Theory]
    [InlineData("\uFEFF{ \"X\": 1 }", 200)]
    [InlineData("\uFEFF", 400)]
    [InlineData("\uFEFF\uFEFF{ \"X\": 1 }", 400)]
    [InlineData("{ \"X\": 1 }\uFEFF", 400)]
    public async Task A_byte_order_mark_before_the_value_is_skipped(string content, int status) =>
        Assert.Equal(status, (await s_echo.SendAsync("POST", "/", content)).Status);

    [Fact]
    public async Task Null_is_read_and_written() => Assert.Equal("null", (await s_echo.SendAsync("POST", "/", "null")).Content);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("[1]")]
    [InlineData("""{ "X": "one" }""")]
    [InlineData("""{ "X": 1, }""")]
    [InlineData("""{ "X": 99999999999 }""")]
    public async Task Unexpected_JSON_is_refused(string content) =>
        Assert.Equal(400, (await s_echo.SendAsync("POST", "/", content)).Status);

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/jsonp")]
    [InlineData("text/plain; a=application/json")]
    public async Task Another_content_type_is_refused(string contentType) =>
        Assert.Equal(415, (await s_echo.SendAsync("POST", "/", """{"X":1}""", $"Content-Type: {contentType}")).Status);

    [Fact]
    public async Task A_refusal_states_the_reason()
    {
        List<RequestRejectedException> refusals = [];
        Func<RequestContext, Task> app = async context =>
            refusals.Add(
                await Assert.ThrowsAsync<RequestRejectedException>(async () => await context.Request.ReadJsonAsync(Types.Default.Point)));
        await app.SendAsync("POST", "/", "{", "Content-Type: application/json");
        await app.SendAsync("POST", "/", "{}", "Content-Type: text/plain");
        Assert.Equal([RejectReason.InvalidContent, RejectReason.UnsupportedMediaType], refusals.Select(refusal => refusal.Reason));
        Assert.IsType<JsonException>(refusals[0].InnerException, exactMatch: false);
        Assert.StartsWith("The content is not the JSON expected: ", refusals[0].Message);
        Assert.Equal("The content is not JSON but 'text/plain'; the media type of JSON is application/json.", refusals[1].Message);
    }

    [Fact]
    public async Task The_connection_persists_after_malformed_JSON()
    {
        var sent = await MemoryServer.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n{" +
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\n{\"X\":2}",
            s_echo);
        Assert.StartsWith("HTTP/1.1 400 ", sent);
        Assert.EndsWith("""{"X":2,"Name":null}""", sent);
    }

    [Fact]
    public async Task Content_over_the_limit_is_refused()
    {
        Func<RequestContext, Task> app = async context => await context.Request.ReadJsonAsync(Types.Default.Point, maxLength: 6);
        Assert.Equal(413, (await app.SendAsync("POST", "/", """{"X":1}""")).Status);
        Assert.Equal(200, (await app.SendAsync("POST", "/", "{}")).Status);
    }

    [Fact]
    public async Task A_content_type_set_by_the_handler_stays()
    {
        Func<RequestContext, Task> app = context =>
        {
            context.Response.ContentType = "application/problem+json";
            return context.Response.WriteJsonAsync(new Point(1, null), Types.Default.Point);
        };
        Assert.Equal("application/problem+json", (await app.GetAsync("/")).Field("Content-Type"));
    }

    [Fact]
    public async Task Encoder_and_indentation_follow_the_options()
    {
        var indented = new JsonSerializerOptions
        {
            WriteIndented = true,
            IndentCharacter = '\t',
            IndentSize = 1,
            NewLine = "\r\n",
            TypeInfoResolver = Types.Default,
        };
        var spaced = new JsonSerializerOptions { WriteIndented = true, NewLine = "\n", TypeInfoResolver = Types.Default };
        var relaxed = new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = Types.Default };
        var point = new Point(1, "é");
        Func<RequestContext, Task> app = async context =>
        {
            await context.Response.WriteJsonAsync(point, Types.Default.Point);
            await context.Response.WriteJsonAsync(point, (JsonTypeInfo<Point>)relaxed.GetTypeInfo(typeof(Point)));
            await context.Response.WriteJsonAsync(point, Types.Default.Point);
            await context.Response.WriteJsonAsync(point, (JsonTypeInfo<Point>)indented.GetTypeInfo(typeof(Point)));
            await context.Response.WriteJsonAsync(point, (JsonTypeInfo<Point>)spaced.GetTypeInfo(typeof(Point)));
        };
        const string Plain = """{"X":1,"Name":"\u00E9"}""";
        Assert.Equal(
            Plain + """{"X":1,"Name":"é"}""" + Plain +
            "{\r\n\t\"X\": 1,\r\n\t\"Name\": \"\\u00E9\"\r\n}" + "{\n  \"X\": 1,\n  \"Name\": \"\\u00E9\"\n}",
            (await app.GetAsync("/")).Content);
    }

    [Fact]
    public async Task Writing_allocates_nothing_once_warm()
    {
        var point = new Point(1, "name");
        Func<RequestContext, Task> app = async context =>
        {
            Measure(context.Response, point);
            await context.Response.WriteTextAsync($"{Measure(context.Response, point)}");
        };
        Assert.Equal("0", (await app.GetAsync("/")).Content);
    }

    [Fact]
    public async Task A_failed_write_does_not_affect_the_next_one()
    {
        Func<RequestContext, Task> app = async context =>
        {
            await Assert.ThrowsAsync<NotSupportedException>(() => context.Response.WriteJsonAsync(new Fragile(), Types.Default.Fragile));
            context.Response.Reset();
            await context.Response.WriteJsonAsync(new Point(1, null), Types.Default.Point);
        };
        Assert.Equal("""{"X":1,"Name":null}""", (await app.GetAsync("/")).Content);
    }

    private static long Measure(Response response, Point point)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
        {
            _ = response.WriteJsonAsync(point, Types.Default.Point);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        response.Reset();
        return allocated;
    }
}
