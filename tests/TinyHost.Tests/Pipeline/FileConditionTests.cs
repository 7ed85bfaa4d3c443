// Owns: tests of answering with a part of a file, or with none of it: ranges and conditional requests.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class FileConditionTests : IDisposable
{
    private const string Modified = "Thu, 02 Jan 2020 03:04:05 GMT";
    private const string Earlier = "Thu, 02 Jan 2020 03:04:04 GMT";
    private const string Later = "Thu, 02 Jan 2020 03:04:06 GMT";

    private readonly TemporaryFolder _folder = new();
    private readonly Func<RequestContext, Task> _app;
    private readonly string _tag = $"\"{TemporaryFolder.Modified.Ticks:x}-a\"";

    public FileConditionTests()
    {
        var path = _folder.Write("digits.txt");
        _app = context => context.Response.SendFileAsync(path);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_tag_is_recognized_whatever_the_fraction_of_the_second_in_which_the_file_was_written()
    {
        var path = _folder.Write("precise.txt");
        Func<RequestContext, Task> app = context => context.Response.SendFileAsync(path);
        foreach (var ticks in new[] { 0, 1, 9_999_999 })
        {
            File.SetLastWriteTimeUtc(path, TemporaryFolder.Modified.UtcDateTime.AddTicks(ticks));
            var first = await app.GetAsync("/");
            var tag = first.Field("ETag");
            var second = await app.GetAsync("/", $"If-None-Match: {tag}");
            Assert.Equal((200, 304, tag), (first.Status, second.Status, second.Field("ETag")));
            Assert.Equal(first.Field("Last-Modified"), second.Field("Last-Modified"));
        }
    }

    [Theory]
    [InlineData("bytes=0-", "0-9", "0123456789")]
    [InlineData("bytes=0-0", "0-0", "0")]
    [InlineData("bytes=2-4", "2-4", "234")]
    [InlineData("bytes=9-", "9-9", "9")]
    [InlineData("bytes=-5", "5-9", "56789")]
    [InlineData("bytes=-10", "0-9", "0123456789")]
    [InlineData("bytes=-99999999999999999999", "0-9", "0123456789")]
    [InlineData("bytes=4-99999999999999999999", "4-9", "456789")]
    [InlineData("BYTES=2-4", "2-4", "234")]
    [InlineData("bytes= 2-4 ", "2-4", "234")]
    public async Task A_range_is_answered_with_its_part(string range, string part, string content)
    {
        var response = await _app.GetAsync("/", $"Range: {range}");
        Assert.Equal((206, content, $"bytes {part}/10"), (response.Status, response.Content, response.Field("Content-Range")));
        Assert.Equal((_tag, "text/plain; charset=utf-8"), (response.Field("ETag"), response.Field("Content-Type")));
    }

    [Theory]
    [InlineData("bytes=10-")]
    [InlineData("bytes=10-20")]
    [InlineData("bytes=-0")]
    [InlineData("bytes=99999999999999999999-")]
    [InlineData("bytes=9223372036854775807-9223372036854775807")]
    public async Task A_range_beyond_the_end_cannot_be_satisfied(string range)
    {
        var response = await _app.GetAsync("/", $"Range: {range}");
        Assert.Equal(
            (416, "bytes */10", "416 Range Not Satisfiable\n"), (response.Status, response.Field("Content-Range"), response.Content));
        Assert.Null(response.Field("ETag"));
    }

    [Theory]
    [InlineData("bytes=5-2")]
    [InlineData("bytes=0-1,3-4")]
    [InlineData("bytes=0-1, 20-30")]
    [InlineData("bytes=")]
    [InlineData("bytes=-")]
    [InlineData("bytes=5")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=+1-2")]
    [InlineData("bytes=1--2")]
    [InlineData("bytes=1-2-3")]
    [InlineData("bytes=0x1-2")]
    [InlineData("bytes=1 - 2")]
    [InlineData("bytes 1-2")]
    [InlineData("lines=1-2")]
    [InlineData("1-2")]
    public async Task Other_Range_fields_are_ignored(string range)
    {
        var response = await _app.GetAsync("/", $"Range: {range}");
        Assert.Equal((200, "0123456789", null), (response.Status, response.Content, response.Field("Content-Range")));
    }

    [Theory]
    [InlineData("HEAD", 200)]
    [InlineData("POST", 200)]
    public async Task Only_GET_has_ranges(string method, int status)
    {
        var response = await _app.SendAsync(method, "/", "", "Range: bytes=2-4");
        Assert.Equal((status, "10"), (response.Status, response.Field("Content-Length")));
    }

    [Fact]
    public async Task A_range_of_an_empty_file_is_ignored()
    {
        var path = _folder.Write("empty", "");
        Func<RequestContext, Task> app = context => context.Response.SendFileAsync(path);
        foreach (var range in new[] { "bytes=0-", "bytes=-5", "bytes=5-" })
        {
            var response = await app.GetAsync("/", $"Range: {range}");
            Assert.Equal((200, "0"), (response.Status, response.Field("Content-Length")));
        }
    }

    // T stands for the file's entity tag.
    [Theory]
    [InlineData(200, "If-Match: *")]
    [InlineData(200, "If-Match: T")]
    [InlineData(200, "If-Match: \"a\", T")]
    [InlineData(200, "If-Match: ,, \"a,b\" ,T")]
    [InlineData(412, "If-Match: \"a\"")]
    [InlineData(412, "If-Match: W/T")]
    [InlineData(412, "If-Match: T2")]
    [InlineData(412, "If-Match: ")]
    [InlineData(412, "If-Match: \"")]
    [InlineData(412, "If-Match: \"a\" T")]
    [InlineData(200, "If-Match: \"a\"", "If-Match: T")]
    [InlineData(200, "If-Match: T", "If-Unmodified-Since: " + Earlier)]
    [InlineData(412, "If-Match: \"a\"", "If-None-Match: T")]
    [InlineData(304, "If-Match: T", "If-None-Match: T")]
    [InlineData(200, "If-Unmodified-Since: " + Modified)]
    [InlineData(200, "If-Unmodified-Since: " + Later)]
    [InlineData(412, "If-Unmodified-Since: " + Earlier)]
    [InlineData(412, "If-Unmodified-Since: " + Earlier, "If-None-Match: T")]
    [InlineData(200, "If-Unmodified-Since: yesterday")]
    [InlineData(304, "If-None-Match: *")]
    [InlineData(304, "If-None-Match: T")]
    [InlineData(304, "If-None-Match: W/T")]
    [InlineData(304, "If-None-Match: \"a\", W/\"b\" , T")]
    [InlineData(304, "If-None-Match: \"a\"", "If-None-Match: T")]
    [InlineData(200, "If-None-Match: \"a\"")]
    [InlineData(200, "If-None-Match: w/T")]
    [InlineData(200, "If-None-Match: a, T")]
    [InlineData(200, "If-None-Match: *, T2")]
    [InlineData(200, "If-None-Match: \"a\"", "If-Modified-Since: " + Modified)]
    [InlineData(304, "If-None-Match: T", "If-Modified-Since: " + Earlier)]
    [InlineData(304, "If-Modified-Since: " + Modified)]
    [InlineData(304, "If-Modified-Since: " + Later)]
    [InlineData(200, "If-Modified-Since: " + Earlier)]
    [InlineData(304, "If-Modified-Since: Thursday, 02-Jan-20 03:04:05 GMT")]
    [InlineData(304, "If-Modified-Since: Thu Jan  2 03:04:05 2020")]
    [InlineData(200, "If-Modified-Since: Thu Jan  2 03:04:04 2020")]
    [InlineData(200, "If-Modified-Since: 2030-01-02T03:04:05Z")]
    [InlineData(200, "If-Modified-Since: Mon, 02 Jan 2020 03:04:05 GMT")]
    [InlineData(200, "If-Modified-Since: Thu, 02 Jan 2020 03:04:05 UTC")]
    [InlineData(200, "If-Modified-Since: 0")]
    [InlineData(200, "If-Modified-Since: " + Later, "If-Modified-Since: " + Later)]
    [InlineData(304, "If-None-Match: T", "Range: bytes=0-1")]
    [InlineData(412, "If-Match: \"a\"", "Range: bytes=0-1")]
    [InlineData(206, "If-Match: T", "Range: bytes=0-1")]
    [InlineData(206, "If-Range: T", "Range: bytes=0-1")]
    [InlineData(206, "If-Range: " + Modified, "Range: bytes=0-1")]
    [InlineData(206, "If-Range: Thursday, 02-Jan-20 03:04:05 GMT", "Range: bytes=0-1")]
    [InlineData(200, "If-Range: " + Later, "Range: bytes=0-1")]
    [InlineData(200, "If-Range: " + Earlier, "Range: bytes=0-1")]
    [InlineData(200, "If-Range: W/T", "Range: bytes=0-1")]
    [InlineData(200, "If-Range: \"a\"", "Range: bytes=0-1")]
    [InlineData(200, "If-Range: \"a\"", "Range: bytes=20-")]
    [InlineData(200, "If-Range: nonsense", "Range: bytes=0-1")]
    [InlineData(200, "If-Range: T")]
    public async Task Conditions_are_checked_in_their_order(int status, params string[] fields)
    {
        string[] lines = [.. fields.Select(field => field.Replace("T2", _tag[..^1] + "2\"", StringComparison.Ordinal)
            .Replace(": T", ": " + _tag, StringComparison.Ordinal).Replace(" T", " " + _tag, StringComparison.Ordinal)
            .Replace(",T", "," + _tag, StringComparison.Ordinal).Replace("/T", "/" + _tag, StringComparison.Ordinal)
            .Replace(_tag + "hu", "Thu", StringComparison.Ordinal))];
        var response = await _app.GetAsync("/", lines);
        Assert.Equal(status, response.Status);
        Assert.Equal(
            status switch { 200 => "0123456789", 206 => "01", 304 => "", _ => "412 Precondition Failed\n" }, response.Content);
        Assert.Equal(status == 412 ? null : _tag, response.Field("ETag"));
        if (status == 304)
        {
            Assert.Equal((null, null), (response.Field("Content-Length"), response.Field("Content-Type")));
        }

        // RFC 9110 §14.2: HEAD has no ranges.
        Assert.Equal(status == 206 ? 200 : status, (await _app.SendAsync("HEAD", "/", "", lines)).Status);
    }

    [Theory]
    [InlineData("POST", 200, 200)]
    [InlineData("GET", 404, 404)]
    public async Task Conditions_count_for_GET_with_200_alone(string method, int status, int expected)
    {
        Func<RequestContext, Task> app = context =>
        {
            context.Response.StatusCode = status;
            return context.Response.SendFileAsync(_folder.PathOf("digits.txt"));
        };
        var response = await app.SendAsync(method, "/", "", "If-None-Match: *", "Range: bytes=0-1");
        Assert.Equal((expected, "0123456789"), (response.Status, response.Content));
    }
}
