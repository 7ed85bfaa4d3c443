// Owns: tests of answering with a file: its fields, and files that are missing, large, or change.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class SendFileTests : IDisposable
{
    private const string Modified = "Thu, 02 Jan 2020 03:04:05 GMT";

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
