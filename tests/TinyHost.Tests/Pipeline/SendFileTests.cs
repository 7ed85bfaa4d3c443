// Owns: tests of answering with a file: fields, conditions, ranges, and files that change or are missing.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class SendFileTests : IDisposable
{
    private const string Modified = "Thu, 02 Jan 2020 03:04:05 GMT";
    private const string Earlier = "Thu, 02 Jan 2020 03:04:04 GMT";
    private const string Later = "Thu, 02 Jan 2020 03:04:06 GMT";

    private readonly TemporaryFolder _folder = new();
    private readonly Func<RequestContext, Task> _app;
    private readonly string _tag;

    public SendFileTests()
    {
        var path = _folder.Write("digits.txt");
        _app = context => context.Response.SendFileAsync(path);
        _tag = $"\"{TemporaryFolder.Modified.Ticks:x}-a\"";
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("GET", "0123456789")]
    [InlineData("HEAD", "")]
    public async Task A_file_is_sent_with_what_describes_it(string method, string content)
    {
        var response = await _app.SendAsync(method, "/");
        Assert.Equal((200, content, "10"), (response.Status, response.Content, response.Field("Content-Length")));
        Assert.Equal("text/plain; charset=utf-8", response.Field("Content-Type"));
        Assert.Equal((Modified, _tag), (response.Field("Last-Modified"), response.Field("ETag")));
        Assert.Equal("bytes", response.Field("Accept-Ranges"));
    }

    [Theory]
    [InlineData("a.html", "text/html; charset=utf-8")]
    [InlineData("a.JS", "text/javascript; charset=utf-8")]
    [InlineData("a.min.css", "text/css; charset=utf-8")]
    [InlineData("a.svg", "image/svg+xml")]
    [InlineData("a.json", "application/json")]
    [InlineData("a.wasm", "application/wasm")]
    [InlineData("a.unknown", "application/octet-stream")]
    [InlineData("a", "application/octet-stream")]
    [InlineData("a.", "application/octet-stream")]
    public async Task The_extension_decides_the_content_type(string name, string expected)
    {
        var path = _folder.Write(name);
        Func<RequestContext, Task> app = context => context.Response.SendFileAsync(path);
        Assert.Equal(expected, (await app.GetAsync("/")).Field("Content-Type"));
    }

    [Fact]
    public async Task The_handlers_content_type_stays()
    {
        Func<RequestContext, Task> app = context =>
        {
            context.Response.ContentType = "text/x-digits";
            return context.Response.SendFileAsync(_folder.PathOf("digits.txt"));
        };
        Assert.Equal("text/x-digits", (await app.GetAsync("/")).Field("Content-Type"));
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

    [Fact]
    public async Task A_file_from_the_future_has_no_date()
    {
        var path = _folder.Write("new", modified: new DateTimeOffset(2200, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Func<RequestContext, Task> app = context => context.Response.SendFileAsync(path);
        var response = await app.GetAsync("/", "If-Modified-Since: Fri, 01 Jan 2300 00:00:00 GMT");
        Assert.Equal((200, null), (response.Status, response.Field("Last-Modified")));
        Assert.NotNull(response.Field("ETag"));
    }

    [Fact]
    public async Task Missing_files_and_folders_are_not_found()
    {
        foreach (var path in new[] { "none", "none/file", "digits.txt/file", new string('a', 5_000), "" }.Select(_folder.PathOf))
        {
            Func<RequestContext, Task> app = context => context.Response.SendFileAsync(path);
            var response = await app.GetAsync("/");
            Assert.Equal((404, "404 Not Found\n", null), (response.Status, response.Content, response.Field("ETag")));
        }
    }

    [Fact]
    public async Task A_file_longer_than_an_int_counts_is_sent_from_anywhere()
    {
        const long size = 5L << 30;
        var path = _folder.Write("huge.bin", "");
        using (var file = File.OpenWrite(path))
        {
            file.SetLength(size);
            file.Position = size - 2;
            file.Write("yz"u8);
        }

        Func<RequestContext, Task> app = context => context.Response.SendFileAsync(path);
        Assert.Equal($"{size}", (await app.SendAsync("HEAD", "/")).Field("Content-Length"));
        var response = await app.GetAsync("/", $"Range: bytes={size - 2}-");
        Assert.Equal((206, "yz"), (response.Status, response.Content));
        Assert.Equal($"bytes {size - 2}-{size - 1}/{size}", response.Field("Content-Range"));
    }

    [Fact]
    public async Task A_large_file_is_read_while_it_is_sent_and_one_that_shrinks_cuts_the_connection()
    {
        var path = _folder.Write("large.txt", new string('a', 1_000_000));
        var transport = new MemoryTransport().Arrive("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        transport.BlockSends();
        using var server = new MemoryServer(context => context.Response.SendFileAsync(path), transport);
        await Until.TrueAsync(() => transport.SendIsBlocked);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(1_000);
        }

        transport.UnblockSends();
        Assert.InRange((await server.EndAsync()).Length, 1, 500_000);
        Assert.True(transport.IsAborted);
        Assert.Contains(
            server.Log.Entries,
            entry => entry.Exception is IOException failure && failure.Message.Contains("has become shorter", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_peer_that_does_not_read_costs_the_memory_of_one_piece()
    {
        var path = _folder.Write("large.txt", new string('a', 1_000_000));
        var transport = new MemoryTransport().Arrive("GET / HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending();
        transport.BlockSends();
        using var server = new MemoryServer(context => context.Response.SendFileAsync(path), transport);
        await Until.TrueAsync(() => transport.SendIsBlocked);
        Assert.InRange(server.Pool.LentOctets, 1, 50_000);
        transport.UnblockSends();
        Assert.EndsWith("\r\n\r\n" + new string('a', 1_000_000), await server.EndAsync());
    }

    [Fact]
    public async Task A_file_that_is_deleted_or_grows_meanwhile_is_sent_as_it_was_opened()
    {
        var path = _folder.Write("large.txt", new string('a', 1_000_000));
        var transport = new MemoryTransport().Arrive("GET / HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending();
        transport.BlockSends();
        using var server = new MemoryServer(context => context.Response.SendFileAsync(path), transport);
        await Until.TrueAsync(() => transport.SendIsBlocked);
        File.AppendAllText(path, "b");
        File.Delete(path);
        transport.UnblockSends();
        Assert.EndsWith("\r\n\r\n" + new string('a', 1_000_000), await server.EndAsync());
    }

    [Fact]
    public async Task A_file_that_may_not_be_read_is_forbidden()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "Root lacks no permission.");
        var path = _folder.Write("secret.txt");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.None);
        }
        else
        {
            Assert.Skip("Windows has other permissions.");
        }

        Func<RequestContext, Task> app = context => context.Response.SendFileAsync(path);
        Assert.Equal(403, (await app.GetAsync("/")).Status);
    }
}
