// Owns: tests of the handler for the files of a folder, which never leaves it.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class FilesTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly Func<RequestContext, Task> _routed;
    private readonly Func<RequestContext, Task> _mapped;

    public FilesTests()
    {
        _temporary.Write("secret.txt", "secret");
        _temporary.Write("www-secret/a.txt", "secret");
        _temporary.Write("www/a.txt", "a");
        _temporary.Write("www/a b#c%d.txt", "odd");
        _temporary.Write("www/\u00e9.txt", "accent");
        _temporary.Write("www/sub/b.txt", "b");
        _temporary.Write("www/sub/index.html", "sub index");
        _temporary.Write("www/bare/c.txt", "c");
        _temporary.Write("www/index.html", "index");
        _temporary.Write("www/.env", "secret");
        _temporary.Write("www/.git/config", "secret");
        _temporary.Write("www/sub/.hidden", "secret");
        _temporary.Write("www/sub/.well-known/x", "secret");
        _temporary.Write("www/.well-known/acme", "acme");
        if (!OperatingSystem.IsWindows())
        {
            _temporary.Write("www/...", "secret");
        }

        var folder = _temporary.PathOf("www");
        _routed = new Routes().Get("/assets/{*path}", Files.From(folder));
        _mapped = new Pipeline().MapFiles("/assets", folder).Run(_ => Task.CompletedTask);
    }

    public static TheoryData<string> Outside =>
    [
        "/assets/../secret.txt", "/assets/%2e%2e/secret.txt", "/assets/..%2fsecret.txt", "/assets/%2e%2e%2fsecret.txt",
        "/assets/..%5csecret.txt", "/assets/..\\secret.txt", "/assets/sub/../../secret.txt", "/assets/sub/..%2f..%2fsecret.txt",
        "/assets/%252e%252e/secret.txt", "/assets/..%252fsecret.txt", "/assets/..;/secret.txt", "/assets/../www-secret/a.txt",
        "/assets/..%2fwww-secret%2fa.txt", "/assets//etc/passwd", "/assets/%2fetc/passwd", "/assets/%2Fetc%2Fpasswd",
        "/assets/C:/Windows/win.ini", "/assets/C:%5cWindows%5cwin.ini", "/assets/file:///etc/passwd", "/assets/~/secret.txt",
        "/assets/.%00./secret.txt", "/assets/a.txt%00.html", "/assets/%c0%ae%c0%ae/secret.txt", "/assets/..%c0%afsecret.txt",
        "/assets/%uff0e%uff0e/secret.txt", "/assets/.%20./secret.txt", "/assets/..%20/secret.txt", "/assets/.../secret.txt",
        "/assets/%5c%5chost%5cshare", "/assets/proc/self/environ",
    ];

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("/assets/a.txt", "a")]
    [InlineData("/assets/%61.txt", "a")]
    [InlineData("/assets//a.txt", "a")]
    [InlineData("/assets/./sub/../a.txt", "a")]
    [InlineData("/assets/a.txt?v=2", "a")]
    [InlineData("/assets/a%20b%23c%25d.txt", "odd")]
    [InlineData("/assets/%C3%A9.txt", "accent")]
    [InlineData("/assets/sub/b.txt", "b")]
    [InlineData("/assets/sub/", "sub index")]
    [InlineData("/assets/sub/index.html", "sub index")]
    [InlineData("/assets/", "index")]
    [InlineData("/assets/.well-known/acme", "acme")]
    public async Task A_path_names_a_file(string target, string content)
    {
        foreach (var app in new[] { _routed, _mapped })
        {
            var response = await app.GetAsync(target);
            Assert.Equal((200, content), (response.Status, response.Content));
        }
    }

    [Theory]
    [MemberData(nameof(Outside))]
    public async Task No_path_leads_out_of_the_folder(string target)
    {
        foreach (var app in new[] { _routed, _mapped })
        {
            var text = await MemoryServer.ExchangeAsync($"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n", app);
            Assert.DoesNotContain("secret", text.Replace("secret.txt", "", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.DoesNotContain("root:", text, StringComparison.Ordinal);
        }

        var routed = await MemoryServer.ExchangeAsync($"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n", _routed);
        Assert.Matches("^HTTP/1.1 (400|404) ", routed);
    }

    [Theory]
    [InlineData("/assets/none.txt")]
    [InlineData("/assets/A.TXT%20")]
    [InlineData("/assets/a.txt/")]
    [InlineData("/assets/a.txt/b")]
    [InlineData("/assets/bare")]
    [InlineData("/assets/bare/")]
    [InlineData("/assets/.env")]
    [InlineData("/assets/%2Eenv")]
    [InlineData("/assets/.git/config")]
    [InlineData("/assets/.git/")]
    [InlineData("/assets/sub/.hidden")]
    [InlineData("/assets/sub/.well-known/x")]
    [InlineData("/assets/...")]
    [InlineData("/assets/*")]
    [InlineData("/assets/?.txt")]
    public async Task Other_paths_are_not_found(string target)
    {
        foreach (var app in new[] { _routed, _mapped })
        {
            var response = await app.GetAsync(target);
            Assert.Equal(target == "/assets/?.txt" ? 200 : 404, response.Status);
            Assert.DoesNotContain("secret", response.Content, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(256, 1)]
    [InlineData(200, 30)]
    public async Task Names_longer_than_the_system_allows_are_not_found(int length, int count)
    {
        var name = string.Join('/', Enumerable.Repeat(new string('a', length), count));
        Assert.Equal(404, (await _routed.GetAsync("/assets/" + name)).Status);
        Assert.Equal(404, (await _mapped.GetAsync($"/assets/{name}/")).Status);
    }

    [Fact]
    public async Task Links_are_followed_inside_the_folder_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        Link("www/file-in", "a.txt");
        Link("www/folder-in", _temporary.PathOf("www/sub"));
        Link("www/in-and-out", "../www/sub/../a.txt");
        Link("www/file-out", "../secret.txt");
        Link("www/file-out-absolute", _temporary.PathOf("secret.txt"));
        Link("www/folder-out", "..");
        Link("www/sibling-out", _temporary.PathOf("www-secret"));
        Link("www/root-out", "/");
        Link("www/chain-out", "folder-out/secret.txt");
        Link("www/circle", "circle");
        Link("www/broken", "none");
        Link("www/sub/up", "..");
        foreach (var app in new[] { _routed, _mapped })
        {
            Assert.Equal("a", (await app.GetAsync("/assets/file-in")).Content);
            Assert.Equal("b", (await app.GetAsync("/assets/folder-in/b.txt")).Content);
            Assert.Equal("sub index", (await app.GetAsync("/assets/folder-in/")).Content);
            Assert.Equal("a", (await app.GetAsync("/assets/in-and-out")).Content);
            Assert.Equal("a", (await app.GetAsync("/assets/sub/up/a.txt")).Content);
            foreach (var name in new[]
            {
                "file-out", "file-out-absolute", "folder-out/secret.txt", "sibling-out/a.txt", "root-out/etc/passwd", "chain-out", "circle",
                "circle/a", "broken", "sub/up/folder-out/secret.txt",
            })
            {
                Assert.Equal((name, 404), (name, (await app.GetAsync("/assets/" + name)).Status));
            }
        }
    }

    [Fact]
    public async Task The_folder_itself_may_be_a_link_that_changes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        _temporary.Write("release1/v.txt", "1");
        _temporary.Write("release2/v.txt", "2");
        Link("current", "release1");
        Func<RequestContext, Task> app = new Routes().Get("/{*path}", Files.From(_temporary.PathOf("current")));
        Assert.Equal("1", (await app.GetAsync("/v.txt")).Content);
        File.Delete(_temporary.PathOf("current"));
        Link("current", "release2");
        Assert.Equal("2", (await app.GetAsync("/v.txt")).Content);
    }

    [Theory]
    [InlineData("/assets/sub", "./sub/")]
    [InlineData("/assets/sub?a=b", "./sub/?a=b")]
    [InlineData("/assets/x/../sub", "./sub/")]
    public async Task A_folder_is_answered_at_its_path_with_a_slash(string target, string location)
    {
        foreach (var app in new[] { _routed, _mapped })
        {
            var response = await app.GetAsync(target);
            Assert.Equal((301, location), (response.Status, response.Field("Location")));
        }
    }

    [Theory]
    [InlineData("/ab%3Ac%3Fd", "./ab%3Ac%3Fd/")]
    [InlineData("/%0D%0Ax", "./%0D%0Ax/")]
    [InlineData("/%E2%82%AC", "./%E2%82%AC/")]
    public async Task The_name_in_a_redirect_is_encoded(string target, string location)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such names.");
        var root = _temporary.PathOf("odd");
        _temporary.Write($"odd/{Uri.UnescapeDataString(target)}/index.html", "odd");
        var app = Files.From(root);
        Assert.Equal((301, location), ((await app.GetAsync(target)).Status, (await app.GetAsync(target)).Field("Location")));
        Assert.Equal("odd", (await app.GetAsync(target + "/")).Content);
    }

    [Fact]
    public async Task The_prefix_of_MapFiles_is_a_folder_too()
    {
        Assert.Equal("./assets/", (await _mapped.GetAsync("/assets")).Field("Location"));
        Assert.Equal("./assets/?a", (await _mapped.GetAsync("/assets?a")).Field("Location"));
        Assert.Equal(404, (await _routed.GetAsync("/assets")).Status);
        Assert.Equal((200, ""), ((await _mapped.GetAsync("/other")).Status, (await _mapped.GetAsync("/other")).Content));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Other_methods_are_not_allowed(string method)
    {
        var response = await _mapped.SendAsync(method, "/assets/a.txt");
        Assert.Equal((405, "GET, HEAD"), (response.Status, response.Field("Allow")));
    }

    [Fact]
    public async Task Files_have_ranges_conditions_and_HEAD()
    {
        Assert.Equal("in", (await _routed.GetAsync("/assets/index.html", "Range: bytes=0-1")).Content);
        Assert.Equal(304, (await _mapped.GetAsync("/assets/", "If-None-Match: *")).Status);
        Assert.Equal("5", (await _mapped.SendAsync("HEAD", "/assets/")).Field("Content-Length"));
    }

    [Fact]
    public async Task Values_of_an_outer_route_do_not_name_the_file_of_MapFiles()
    {
        var inner = new Pipeline().MapFiles("/x", _temporary.PathOf("www")).Run(_ => Task.CompletedTask);
        Func<RequestContext, Task> app = new Routes().Get("/{*all}", inner);
        Assert.Equal("a", (await app.GetAsync("/x/a.txt")).Content);
    }

    [Fact]
    public void A_missing_folder_is_an_error_at_once()
    {
        var missing = _temporary.PathOf("missing");
        var exception = Assert.Throws<DirectoryNotFoundException>(() => Files.From(missing));
        Assert.Equal($"There is no folder {missing} to serve files from.", exception.Message);
        Assert.Throws<DirectoryNotFoundException>(() => Files.From(_temporary.PathOf("secret.txt")));
        Assert.Throws<ArgumentException>(() => Files.From(""));
    }

    private void Link(string name, string target) => File.CreateSymbolicLink(_temporary.PathOf(name), target);
}
