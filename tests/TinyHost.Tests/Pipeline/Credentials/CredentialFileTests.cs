// Owns: tests of users, tokens and the cookie in files: what is read, and what happens while a server runs.

using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;
using static TinyHost.Tests.Support.Credentials;

namespace TinyHost.Tests;

public sealed class CredentialFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly RecordingLogger _log = new();
    private readonly MeterRecorder _meters = new();

    [Theory]
    [InlineData("ann:HASH")]
    [InlineData("# users\n\n  ann : HASH  \r\n")]
    [InlineData("ann: \"HASH\"")]
    [InlineData("bob: 'HASH'\nann: 'HASH'\n")]
    [InlineData("\uFEFFann:HASH\n")]
    public async Task Users_are_read_from_lines_of_name_and_hash(string content)
    {
        await using var server = await StartAsync(auth => auth.Users(Write("users", content.Replace("HASH", Hash("secret")))));
        Assert.Equal("200 401", await EachAsync(server, Basic("ann:secret"), Basic("ann:wrong")));
    }

    [Theory]
    [InlineData("ann HASH", "line 1 is not 'name: hash'.")]
    [InlineData("# x\nann:HASH\nann:HASH", "User ann occurs twice.")]
    [InlineData("ann: secret", "What user ann has is not a password hash, perhaps the password itself")]
    [InlineData(":HASH", "The name of a user is empty")]
    public async Task A_file_that_cannot_be_used_fails_the_start_without_showing_it(string content, string fault)
    {
        var path = Write("users", content.Replace("HASH", Hash("secret")));
        var message = (await Assert.ThrowsAsync<ServerStartException>(() => StartAsync(auth => auth.Users(path)))).Message;
        Assert.StartsWith($"Cannot start: {path}: {fault}", message);
        Assert.DoesNotContain("secret", message);
        Assert.DoesNotContain("pbkdf2-sha256$i", message);
    }

    [Fact]
    public async Task A_missing_file_fails_the_start()
    {
        var path = _folder.PathOf("none");
        var exception = await Assert.ThrowsAsync<ServerStartException>(() => StartAsync(auth => auth.Users(path)));
        Assert.Equal($"Cannot start: {path}: no such file.", exception.Message);
    }

    [Fact]
    public async Task A_relative_path_starts_from_the_content_root()
    {
        Write("users", "ann:" + Hash("secret"));
        await using var server = await StartAsync(auth => auth.Users("users"), new ContentRoot(_folder.Root));
        Assert.Equal(200, await GetAsync(server, Basic("ann:secret")));
    }

    [Fact]
    public async Task A_changed_file_of_users_counts_and_a_broken_one_changes_nothing()
    {
        var path = Write("users", "ann:" + Hash("one"));
        await using var server = await StartAsync(auth => auth.Users(path));
        Assert.Equal("200 401", await EachAsync(server, Basic("ann:one"), Basic("ann:two")));

        Write("users", "ann:" + Hash("two"));
        await TickUntilAsync(() => Reloads("success") == 1);
        Assert.Equal("401 200", await EachAsync(server, Basic("ann:one"), Basic("ann:two")));

        Write("users", "ann: two");
        await TickUntilAsync(() => Reloads("failure") == 1);
        Assert.Equal("401 200", await EachAsync(server, Basic("ann:one"), Basic("ann:two")));
        File.Delete(path);
        await TickUntilAsync(() => Reloads("failure") == 2);
        Assert.Equal(200, await GetAsync(server, Basic("ann:two")));

        Write("users", "ann:" + Hash("one"));
        await TickUntilAsync(() => Reloads("success") == 2);
        Assert.Equal("200 401", await EachAsync(server, Basic("ann:one"), Basic("ann:two")));
        Assert.Equal(
            [
                (LogLevel.Information, $"The settings in {path} have been loaded again."),
                (LogLevel.Error, $"The settings in {path} cannot be loaded again and stay as they were: What user ann has is not a " +
                    "password hash, perhaps the password itself: make one with PasswordHash.Create(password) or a command of " +
                    "docs/security.md."),
                (LogLevel.Error, $"The settings in {path} cannot be loaded again and stay as they were: no such file."),
                (LogLevel.Information, $"The settings in {path} have been loaded again."),
            ],
            _log.Entries.Where(entry => entry.Message.StartsWith("The settings")).Select(entry => (entry.Level, entry.Message)));
        Assert.Equal(
            [1, 1, 0, 0, 1], _meters.Values("tinyhost.file.last_reload_successful").Select(value => (int)value));
    }

    [Fact]
    public async Task A_fault_that_stays_is_logged_once()
    {
        var path = Write("users", "ann:" + Hash("one"));
        await using var server = await StartAsync(auth => auth.Users(path));
        Write("users", "ann: plain");
        await TickUntilAsync(() => Reloads("failure") == 1);
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(200, await GetAsync(server, Basic("ann:one")));
        }

        Assert.Single(_log.Entries, entry => entry.Level == LogLevel.Error);
    }

    [Fact]
    public async Task A_file_replaced_by_a_rename_or_a_moved_link_is_noticed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        var (first, second) = (Write("first", "ann:" + Hash("one")), Write("second", "ann:" + Hash("two")));
        var path = _folder.PathOf("users");
        File.CreateSymbolicLink(path, first);
        await using var server = await StartAsync(auth => auth.Users(path));
        Assert.Equal(200, await GetAsync(server, Basic("ann:one")));
        File.Delete(path);
        File.CreateSymbolicLink(path, second);
        await TickUntilAsync(() => Reloads("success") == 1);
        Assert.Equal(200, await GetAsync(server, Basic("ann:two")));
        File.Move(Write("third", "ann:" + Hash("six")), second, overwrite: true);
        await TickUntilAsync(() => Reloads("success") == 2);
        Assert.Equal(200, await GetAsync(server, Basic("ann:six")));
    }

    [Fact]
    public async Task Tokens_are_read_from_a_file_and_read_again()
    {
        var path = Write("tokens", "one\nci: two\n# no: comment\nhashed: $sha256$" +
            "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b");
        await using var server = await StartAsync(auth => auth.Tokens(path));
        Assert.Equal("token", await ReadAsync(server, Bearer("one")));
        Assert.Equal("ci", await ReadAsync(server, Bearer("two")));
        Assert.Equal("hashed", await ReadAsync(server, Bearer("secret")));
        Write("tokens", "three\n");
        await TickUntilAsync(() => Reloads("success") == 1);
        Assert.Equal("401 200", await EachAsync(server, Bearer("one"), Bearer("three")));
    }

    [Fact]
    public async Task A_cookie_file_is_made_at_each_start_for_the_user_of_the_process_and_removed_at_the_stop()
    {
        var path = Write("cookie", "left behind by a crash");
        var app = Authentication.Wrap(Answer, auth => auth.Cookie(path));
        await using var server = await TestServer.StartAsync(app);
        var first = File.ReadAllText(path);
        Assert.Matches("^__cookie__:[0-9a-f]{64}$", first);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }

        Assert.Equal("__cookie__", await ReadAsync(server, Basic(first)));
        Assert.Equal("401 401", await EachAsync(server, Basic(first + "0"), Basic("__cookie__:")));
        Assert.Equal([path], Directory.GetFiles(_folder.Root));
        await server.StopAsync();
        Assert.False(File.Exists(path));

        await server.StartAsync();
        Assert.NotEqual(first, File.ReadAllText(path));
        Assert.Equal("401 200", await EachAsync(server, Basic(first), Basic(File.ReadAllText(path))));
    }

    [Fact]
    public async Task A_cookie_file_of_another_process_is_not_removed()
    {
        var path = _folder.PathOf("cookie");
        await using var server = await StartAsync(auth => auth.Cookie(path));
        File.WriteAllText(path, "__cookie__:other");
        await server.StopAsync();
        Assert.Equal("__cookie__:other", File.ReadAllText(path));
    }

    [Fact]
    public async Task A_cookie_file_that_was_replaced_by_a_folder_stays_at_the_stop()
    {
        var path = _folder.PathOf("cookie");
        await using var server = await StartAsync(auth => auth.Cookie(path));
        File.Delete(path);
        Directory.CreateDirectory(path);
        await server.StopAsync();
        Assert.True(Directory.Exists(path));
    }

    [Fact]
    public async Task No_credentials_are_left_beside_a_cookie_file_that_cannot_be_written()
    {
        var path = _folder.PathOf("cookie");
        Directory.CreateDirectory(path);
        await Assert.ThrowsAsync<ServerStartException>(() => StartAsync(auth => auth.Cookie(path)));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public async Task A_cookie_file_that_cannot_be_written_fails_the_start()
    {
        var path = _folder.PathOf(Path.Combine("none", "cookie"));
        var exception = await Assert.ThrowsAsync<ServerStartException>(() => StartAsync(auth => auth.Cookie(path)));
        Assert.StartsWith($"Cannot start: the cookie file {path} cannot be written: ", exception.Message);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _log.Dispose();
        _meters.Dispose();
    }

    private static string Hash(string password) => PasswordHash.Create(password, iterations: 1_000);

    private static Task Answer(RequestContext context) => context.Response.WriteTextAsync(context.User.Identity!.Name!);

    private static async Task<int> GetAsync(HttpServer server, string line)
    {
        using var client = await server.ConnectAsync();
        return (await client.GetAsync("/", line + "\r\n")).Status;
    }

    private static async Task<string> EachAsync(HttpServer server, params string[] lines)
    {
        var statuses = new List<int>();
        foreach (var line in lines)
        {
            statuses.Add(await GetAsync(server, line));
        }

        return string.Join(' ', statuses);
    }

    private static async Task<string> ReadAsync(HttpServer server, string line)
    {
        using var client = await server.ConnectAsync();
        return (await client.GetAsync("/", line + "\r\n")).Content;
    }

    private string Write(string name, string content)
    {
        var path = _folder.PathOf(name);
        File.WriteAllText(path, content);
        return path;
    }

    private int Reloads(string outcome) =>
        _meters.Tags("tinyhost.file.reloads").Count(tags => (string?)tags["outcome"] == outcome);

    // A file is read once it has stayed the same from one tick to the next; ticks look on the thread pool.
    private Task TickUntilAsync(Func<bool> condition) => Until.TrueAsync(() =>
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return condition();
    });

    private Task<HttpServer> StartAsync(Action<AuthenticationOptions> configure, IServiceProvider? services = null) =>
        TestServer.StartAsync(
            Authentication.Wrap(Answer, configure, services ?? new LogAndMeters(_log, _meters)),
            options => (options.TimeProvider, options.LoggerFactory) = (_time, _log));

    private sealed class LogAndMeters(ILoggerFactory log, IMeterFactory meters) : IServiceProvider
    {
        public object? GetService(Type serviceType) =>
            serviceType == typeof(ILoggerFactory) ? log : serviceType == typeof(IMeterFactory) ? meters : null;
    }

    private sealed class ContentRoot(string path) : IServiceProvider, Microsoft.Extensions.Hosting.IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "";

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = path;

        public Microsoft.Extensions.FileProviders.IFileProvider ContentRootFileProvider { get; set; } = null!;

        public object? GetService(Type serviceType) => serviceType.IsInstanceOfType(this) && serviceType != typeof(object) ? this : null;
    }
}
