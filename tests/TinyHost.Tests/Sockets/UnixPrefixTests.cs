// Owns: tests of prefixes that are Unix sockets: how they are written, and what may be at their path.

using System.Net.Sockets;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class UnixPrefixTests
{
    [Theory]
    [InlineData("http://unix:/run/app.sock", "/run/app.sock", "/", "http://unix:/run/app.sock")]
    [InlineData("http://unix:/run/app.sock:/", "/run/app.sock", "/", "http://unix:/run/app.sock")]
    [InlineData("HTTP://UNIX:/run/App.sock:/base", "/run/App.sock", "/base/", "http://unix:/run/App.sock:/base")]
    [InlineData("http://unix:/run/app.sock:/base/path/", "/run/app.sock", "/base/path/", "http://unix:/run/app.sock:/base/path")]
    [InlineData("http://unix:/run/a b/%41.sock", "/run/a b/%41.sock", "/", "http://unix:/run/a b/%41.sock")]
    [InlineData("http://unix:@app", "@app", "/", "http://unix:@app")]
    [InlineData("http://unix:@app:/base", "@app", "/base/", "http://unix:@app:/base")]
    public void A_prefix_can_be_a_Unix_socket_with_a_base_path(string text, string path, string basePath, string written)
    {
        var prefix = Prefix.Parse(text);
        Assert.Equal((path, basePath, 0, written), (prefix.Unix!.Path, prefix.Path, prefix.Port, prefix.ToString()));
        Assert.False(prefix.IsWildcard);
        Assert.Empty(prefix.Addresses);
        Assert.Equal("local", Prefix.Parse("local=" + text).Name);
    }

    [Theory]
    [InlineData("http://unix:", "expected http://unix:/PATH")]
    [InlineData("http://unix:/", "expected http://unix:/PATH")]
    [InlineData("http://unix:@", "expected http://unix:/PATH")]
    [InlineData("http://unix:app.sock", "expected http://unix:/PATH")]
    [InlineData("http://unix:8080/", "expected http://unix:/PATH")]
    [InlineData("http://unix:/run/app.sock:8080", "expected http://unix:/PATH")]
    [InlineData("http://unix:/run/app.sock:", "expected http://unix:/PATH")]
    [InlineData("http://unix:/run/app.sock/", "the path of a socket does not end in /")]
    [InlineData("http://unix:/run/a\npp.sock", "the path of its socket has a control character")]
    [InlineData("http://unix:/run/app.sock:/a?b", "its path is not a plain one")]
    [InlineData("http://unix:/run/app.sock:/a//b", "its path is not a plain one")]
    [InlineData("http://unix:/run/app.sock:/a:/b{c}", "its path is not a plain one")]
    public void An_invalid_Unix_socket_is_refused_with_the_reason(string text, string why)
    {
        var e = Assert.Throws<FormatException>(() => Prefix.Parse(text));
        Assert.StartsWith($"not a prefix: '{text}': {why}", e.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_is_as_long_as_the_system_allows_and_no_longer()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux's limit");
        using var folder = new TemporaryFolder();
        var longest = folder.PathOf(new string('a', 107 - folder.Root.Length - 1));
        Bind($"http://unix:{longest}").ForEach(listener => listener.Dispose());
        // Two bytes in UTF-8.
        var e = Assert.Throws<FormatException>(() => Prefix.Parse($"http://unix:{longest[..^1]}é"));
        Assert.EndsWith("the path of its socket has 108 bytes, and the system allows 107.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stale_socket_is_replaced_and_the_file_is_removed_at_the_end()
    {
        SkipUnlessLinux();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("a.sock");
        LeaveStale(path);
        var listener = Assert.Single(Bind($"http://unix:{path}"));
        Assert.Equal($"unix:{path}", listener.EndPoint.ToString());
        using (var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            client.Connect(new UnixDomainSocketEndPoint(path));
        }

        listener.Dispose();
        Assert.False(Path.Exists(path));
        listener.Dispose();
    }

    [Fact]
    public void A_socket_that_something_listens_on_is_left_alone()
    {
        SkipUnlessLinux();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("a.sock");
        using var live = Assert.Single(Bind($"http://unix:{path}"));
        Assert.Equal($"Cannot listen on http://unix:{path}: address in use.", WhyNot(path));
        Assert.True(Path.Exists(path));
    }

    [Fact]
    public void Only_the_file_of_the_own_socket_is_removed_at_the_end()
    {
        SkipUnlessLinux();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("a.sock");
        var first = Assert.Single(Bind($"http://unix:{path}"));
        File.Move(path, folder.PathOf("moved"));
        using var second = Assert.Single(Bind($"http://unix:{path}"));
        first.Dispose();
        Assert.True(Path.Exists(path));
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(path));
    }

    [Fact]
    public void Whatever_else_is_at_the_path_stays_and_fails_the_start()
    {
        SkipUnlessLinux();
        using var folder = new TemporaryFolder();
        var file = folder.Write("file", "content");
        Directory.CreateDirectory(folder.PathOf("folder"));
        LeaveStale(folder.PathOf("stale"));
        File.CreateSymbolicLink(folder.PathOf("link"), folder.PathOf("stale"));
        File.CreateSymbolicLink(folder.PathOf("dangling"), folder.PathOf("nothing"));
        foreach (var name in new[] { "file", "folder", "link", "dangling" })
        {
            var path = folder.PathOf(name);
            Assert.Equal(
                $"Cannot listen on http://unix:{path}: its path is taken by something that is not a socket; remove that, or choose another "
                + "path.",
                WhyNot(path));
        }

        Assert.Equal("content", File.ReadAllText(file));
        Assert.Equal(
            $"Cannot listen on http://unix:{file}/a.sock: there is no folder {file}.", WhyNot(file + "/a.sock"));
        Assert.Equal(
            $"Cannot listen on http://unix:{folder.Root}/none/a.sock: there is no folder {folder.Root}/none.",
            WhyNot(folder.PathOf("none/a.sock")));
        Assert.Equal("Cannot listen on http://unix:/proc/a.sock: no socket can be made in its folder.", WhyNot("/proc/a.sock"));
    }

    [Fact]
    public void A_folder_that_others_own_fails_the_start()
    {
        SkipUnlessLinux();
        Assert.SkipWhen(Environment.UserName == "root", "the superuser may write in every folder");
        Assert.Equal("Cannot listen on http://unix:/etc/a.sock: permission denied.", WhyNot("/etc/a.sock"));
    }

    [Fact]
    public void The_mode_and_the_owner_of_the_file_are_those_of_the_prefix()
    {
        SkipUnlessLinux();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("a.sock");
        var options = new PrefixOptions { Url = $"http://unix:{path}", Mode = (UnixFileMode)0b110_110_000 };
        if (Environment.UserName == "root")
        {
            (options.Owner, options.Group) = ("nobody", "12345");
        }

        using var listener = Assert.Single(Binding.BindAll([options.Read()]));
        Assert.Matches(Environment.UserName == "root" ? "^660 65534 12345$" : "^660 ", Status(path));
    }

    [Theory]
    [InlineData("no-such-user", null, "there is no user 'no-such-user'")]
    [InlineData(null, "no-such-group", "there is no group 'no-such-group'")]
    public void An_unknown_owner_fails_the_start_and_leaves_no_file(string? owner, string? group, string why)
    {
        SkipUnlessLinux();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("a.sock");
        var options = new PrefixOptions { Url = $"http://unix:{path}", Owner = owner, Group = group };
        var e = Assert.Throws<ServerStartException>(() => Binding.BindAll([options.Read()]));
        Assert.Equal($"Cannot listen on http://unix:{path}: {why}.", e.Message);
        Assert.False(Path.Exists(path));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080/")]
    [InlineData("http://unix:@abstract")]
    public void A_prefix_without_a_file_has_neither_mode_nor_owner(string url)
    {
        foreach (var options in new PrefixOptions[]
            { new() { Url = url, Mode = UnixFileMode.UserRead }, new() { Url = url, Owner = "0" }, new() { Url = url, Group = "0" } })
        {
            Assert.Equal(
                $"{url} has a Mode, an Owner or a Group, which only the file of a Unix socket has (http://unix:/PATH).",
                Assert.Throws<FormatException>(options.Read).Message);
        }
    }

    [Fact]
    public void A_mode_has_permissions_alone()
    {
        var options = new PrefixOptions { Url = "http://unix:/run/a.sock", Mode = UnixFileMode.SetUser | UnixFileMode.UserRead };
        Assert.Contains("more than permissions", Assert.Throws<FormatException>(options.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prefixes_of_one_socket_share_it_if_they_agree_who_may_connect()
    {
        SkipUnlessLinux();
        using var folder = new TemporaryFolder();
        var url = $"http://unix:{folder.PathOf("a.sock")}";
        using (var listener = Assert.Single(Bind($"{url}:/a", $"b={url}:/b")))
        {
            Assert.Equal(["/a", "/b"], listener.BasePathsAt(listener.EndPoint.Address).Order());
            Assert.Equal(["b"], listener.Names);
        }

        var open = new PrefixOptions { Url = $"{url}:/b", Mode = (UnixFileMode)0b110_110_110 }.Read();
        var e = Assert.Throws<ServerStartException>(() => Binding.BindAll([Prefix.Parse($"{url}:/a"), open]));
        Assert.Equal(
            $"Cannot start: the prefixes {url}:/a and {url}:/b share a socket, so both need the same Mode, Owner and Group.", e.Message);
    }

    private static void SkipUnlessLinux() => Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");

    private static List<Listener> Bind(params string[] prefixes) => Binding.BindAll(Array.ConvertAll(prefixes, Prefix.Parse));

    private static string WhyNot(string path) => Assert.Throws<ServerStartException>(() => Bind($"http://unix:{path}")).Message;

    // A process that was killed leaves its file.
    private static void LeaveStale(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        File.Move(path, path + ".kept");
        socket.Dispose();
        File.Move(path + ".kept", path);
    }

    private static string Status(string path)
    {
        using var stat = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%a %u %g", path]) { RedirectStandardOutput = true })!;
        return stat.StandardOutput.ReadToEnd().Trim();
    }
}
