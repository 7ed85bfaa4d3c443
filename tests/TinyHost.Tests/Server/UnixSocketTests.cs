// Owns: tests of servers on Unix sockets: what handlers, logs and traces see of peers without an address, and how sockets are served.

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

// A listener of spans hears all servers of the process.
[Collection(Alone.Name)]
public sealed class UnixSocketTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.PathOf("a.sock");

    private string Url => $"http://unix:{Path}";

    public UnixSocketTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_handler_learns_which_process_has_connected()
    {
        ConnectionInfo? seen = null;
        await using var server = await StartAsync(context =>
        {
            seen = context.Connection;
            return context.Response.WriteTextAsync($"{context.Client} {context.Request.Path}");
        });
        var endPoint = Assert.IsType<UnixEndPoint>(Assert.Single(server.EndPoints));
        Assert.Equal((Path, $"unix:{Path}", IPAddress.Any, 0), (endPoint.Path, endPoint.ToString(), endPoint.Address, endPoint.Port));
        using var client = await server.ConnectAsync();
        Assert.Equal("unix: /x", (await client.GetAsync("/x")).Content);
        Assert.Equal(endPoint, seen!.LocalEndPoint);
        Assert.Equal("", Assert.IsType<UnixEndPoint>(seen.RemoteEndPoint).Path);
        Assert.Equal(0, seen.LocalPort);
        Assert.Equal(Environment.ProcessId, seen.PeerCredentials!.ProcessId);
        Assert.Equal(
            $"pid {Environment.ProcessId}, uid {seen.PeerCredentials.UserId}, gid {seen.PeerCredentials.GroupId}",
            seen.PeerCredentials.ToString());
        Assert.Equal(Environment.UserName == "root", seen.PeerCredentials.UserId == 0);
        Assert.Equal(Environment.UserName == "root", seen.PeerCredentials.GroupId == 0);
    }

    [Fact]
    public void End_points_of_Unix_sockets_equal_by_path_and_no_address()
    {
        var endPoint = new UnixEndPoint("/a");
        Assert.Equal(new UnixEndPoint("/a"), endPoint);
        Assert.Equal(new UnixEndPoint("/a").GetHashCode(), endPoint.GetHashCode());
        Assert.NotEqual(new UnixEndPoint("/b"), endPoint);
        Assert.False(endPoint.Equals(new IPEndPoint(IPAddress.Any, 0)));
    }

    [Fact]
    public async Task A_connection_over_TCP_has_no_credentials()
    {
        ConnectionInfo? seen = null;
        await using var server = await TestServer.StartAsync(context =>
        {
            seen = context.Connection;
            return Task.CompletedTask;
        });
        using var client = await server.ConnectAsync();
        await client.GetAsync("/");
        Assert.Null(seen!.PeerCredentials);
    }

    [Fact]
    public async Task Base_paths_and_an_abstract_socket_serve_as_ports_do()
    {
        var name = $"@tinyhost-{Guid.NewGuid():N}";
        await using var server = await StartAsync(Echo, options =>
        {
            options.Prefixes.Clear();
            options.Prefixes.Add($"{Url}:/base");
            options.Prefixes.Add($"abstract=http://unix:{name}");
        });
        using var client = await server.ConnectAsync();
        Assert.Equal("/x", (await client.GetAsync("/base/x")).Content);
        Assert.Equal(404, (await client.GetAsync("/x")).Status);
        using var other = await RawClient.ConnectAsync(server.EndPointOf("abstract"));
        Assert.Equal("/x", (await other.GetAsync("/x")).Content);
        Assert.Equal($"unix:{name}", server.EndPoints[1].ToString());
    }

    [Fact]
    public async Task Logs_name_the_socket_and_peers_without_an_address()
    {
        var log = new RecordingLogger();
        var access = new RecordingLogger();
        var app = AccessLog.Wrap(
            AccessLog.Wrap(AccessLog.Wrap(Echo, access), access, AccessLogFormat.Common), access, AccessLogFormat.Json);
        await using (var server = await StartAsync(app, options => options.LoggerFactory = log))
        {
            using var client = await server.ConnectAsync();
            await client.GetAsync("/x");
        }

        Assert.Contains(log.Entries, entry => entry.Message == $"Listening on {Url}");
        Assert.Single(access.Entries, entry => entry.Message.StartsWith("unix: - GET /x 200 ", StringComparison.Ordinal));
        Assert.Single(access.Entries, entry => entry.Message.StartsWith("unix: - - [", StringComparison.Ordinal));
        Assert.Single(access.Entries, entry => entry.Message.Contains("\"remote\":\"unix:\"", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_span_tells_the_transport_and_no_address()
    {
        Activity? span = null;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "TinyHost",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => span = activity.GetTagItem("url.path") as string == Path ? activity : span,
        };
        ActivitySource.AddActivityListener(listener);
        await using (var server = await StartAsync(Echo))
        {
            using var client = await server.ConnectAsync();
            await client.GetAsync(Path);
        }

        Assert.Equal("unix", span!.GetTagItem("network.transport"));
        Assert.DoesNotContain(span.TagObjects, tag => tag.Key is "client.address" or "network.peer.address" or "network.peer.port");
    }

    [Fact]
    public async Task A_stage_serves_the_Unix_socket_of_its_prefix_and_no_port()
    {
        var metrics = _folder.PathOf("m.sock");
        await using var server = await StartAsync(new Monitoring(Echo), options =>
        {
            options.Prefixes.Add($"metrics=http://unix:{metrics}");
            options.Limits.MaxConnections = 3;
            options.Limits.ReservedConnections = 1;
        });
        // The app's connections leave the reserved one to the monitoring socket.
        using var first = await server.ConnectAsync();
        using var second = await server.ConnectAsync();
        Assert.Equal("/x", (await first.GetAsync("/x")).Content);
        Assert.Equal("/x", (await second.GetAsync("/x")).Content);
        using var third = await server.ConnectAsync();
        Assert.Equal("", await third.ReadToEndAsync());
        using var scraper = await RawClient.ConnectUnixAsync(metrics);
        Assert.Equal("monitoring", (await scraper.GetAsync("/x")).Content);
    }

    [Fact]
    public async Task A_monitoring_port_beside_a_Unix_socket_is_for_this_machine_alone()
    {
        var port = FreePort.Next();
        var log = new RecordingLogger();
        await using var server = await StartAsync(new Monitoring(Echo, port), options => options.LoggerFactory = log);
        Assert.Contains(log.Entries, entry => entry.Message
            == $"No prefix listens on port {port}: adding http://localhost:{port}/, the port of Monitoring.");
        Assert.All(server.EndPoints.Skip(1), endPoint => Assert.True(IPAddress.IsLoopback(endPoint.Address)));
    }

    [Fact]
    public async Task Prefixes_of_one_socket_contradict_each_other_as_those_of_one_port_do()
    {
        var same = await Assert.ThrowsAsync<ServerStartException>(() => StartAsync(Echo, options => options.Prefixes.Add($"b={Url}:/")));
        Assert.Equal($"Cannot start: the prefixes {Url} and {Url} (b) are the same; remove one of them.", same.Message);
        var shared = await Assert.ThrowsAsync<ServerStartException>(
            () => StartAsync(new Monitoring(Echo), options => options.Prefixes.Add($"metrics={Url}:/m")));
        Assert.Equal(
            $"Cannot start: a stage of the chain serves the prefix {Url}:/m (metrics) alone, but {Url} has the same socket; give each a "
            + "socket of its own.",
            shared.Message);
    }

    [Fact]
    public async Task A_port_that_no_prefix_listens_on_is_reported_without_Unix_sockets()
    {
        var e = await Assert.ThrowsAsync<ServerStartException>(() => StartAsync(PortRouting.Wrap(Echo, 8081, Echo)));
        Assert.EndsWith("no prefix listens on it; the prefixes listen on: no port.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_notices_that_its_peer_has_left_even_behind_unread_bytes()
    {
        foreach (var rest in new[] { "", "GET /next HTTP/1.1\r\n" })
        {
            var time = new ManualTime();
            var left = new TaskCompletionSource();
            await using var server = await StartAsync(
                async context =>
                {
                    using var registration = context.Aborted.Register(left.SetResult);
                    await left.Task;
                },
                options => options.TimeProvider = time);
            var client = await server.ConnectAsync();
            await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n" + rest);
            time.Advance(TimeSpan.FromSeconds(2));
            Assert.False(left.Task.IsCompleted);
            client.Dispose();
            await Until.TrueAsync(() =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return left.Task.IsCompleted;
            });
        }
    }

    [Theory]
    [InlineData("bound")]
    [InlineData("abstract")]
    [InlineData("inherited")]
    public async Task A_peer_may_call_itself_whatever_it_likes(string kind)
    {
        var path = kind == "abstract" ? "@a" : Path;
        using var own = kind == "inherited" ? UnixListenAddress.Bind(path) : null;
        own?.Listen();
        InheritedSocket[] passed = own is null ? [] : [new InheritedSocket(Pass(own), null, "systemd")];
        var inherited = new InheritedSockets(passed);
        await using var server = await StartAsync(context => context.Response.WriteTextAsync($"{context.Client}"), options =>
        {
            options.Prefixes.Clear();
            options.Prefixes.Add($"http://unix:{path}");
            options.Inherited = () => inherited;
        });
        // Longer than the server's, up to the longest.
        foreach (var length in new[] { path.Length + 1, 100, 107 })
        {
            foreach (var name in new[] { '\0' + new string('n', length - 1), _folder.PathOf("p").PadRight(length, 'p') })
            {
                using var client = await RawClient.ConnectUnixAsync(path, name);
                Assert.Equal("unix:", (await client.GetAsync("/")).Content);
            }
        }
    }

    [Fact]
    public async Task A_stop_answers_what_waits_in_the_queue_and_removes_the_file()
    {
        await using var server = await StartAsync(Echo);
        List<RawClient> clients = [];
        for (var i = 0; i < 20; i++)
        {
            clients.Add(await server.ConnectAsync());
            await clients[i].SendAsync($"GET /{i} HTTP/1.1\r\nHost: h\r\n\r\n");
        }

        await server.StopAsync();
        for (var i = 0; i < clients.Count; i++)
        {
            Assert.Equal($"/{i}", (await clients[i].ReadResponseAsync()).Content);
            clients[i].Dispose();
        }

        Assert.False(File.Exists(Path));
        await server.StartAsync();
        using var again = await server.ConnectAsync();
        Assert.Equal("/again", (await again.GetAsync("/again")).Content);
    }

    // As another process would get it.
    private static Socket Pass(Socket socket) =>
        UnixListenAddress.Open(new SafeSocketHandle(Duplicate(socket.SafeHandle), ownsHandle: true));

    [DllImport("libc", EntryPoint = "dup")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Duplicate(SafeHandle descriptor);

    private static Task Echo(RequestContext context) => context.Response.WriteTextAsync(context.Request.Path);

    private Task<HttpServer> StartAsync(Func<RequestContext, Task> app, Action<ServerOptions>? configure = null) =>
        TestServer.StartAsync(app, options =>
        {
            options.Prefixes.Add(Url);
            configure?.Invoke(options);
        });

    private sealed class Monitoring(Func<RequestContext, Task> app, int? port = null) : Stage(app)
    {
        protected internal override int? MonitoringPort => port;

        protected internal override string? MonitoringPrefix => port is null ? "metrics" : null;

        protected override Task InvokeAsync(RequestContext context) =>
            context.Connection.IsOfPrefix("metrics") ? context.Response.WriteTextAsync("monitoring") : app(context);
    }
}
