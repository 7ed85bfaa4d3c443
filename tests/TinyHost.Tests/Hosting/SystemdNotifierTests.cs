// Owns: tests of what systemd is told about a host's servers, over a socket of the test and by its clock.

using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class SystemdNotifierTests : IDisposable
{
    private const string Stopping = "STOPPING=1\nEXTEND_TIMEOUT_USEC=15000000\nSTATUS=Draining: ";

    private readonly Notifications _systemd;
    private readonly ManualTime _time = new();
    private readonly RecordingLogger _log = new();
    private readonly Dictionary<string, string?> _variables = [];

    public SystemdNotifierTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        _systemd = new Notifications($"@tinyhost-{Guid.NewGuid():N}");
        _variables[NotifySocket.Variable] = _systemd.Address;
    }

    public void Dispose() => _systemd.Dispose();

    [Fact]
    public async Task Ready_is_sent_once_the_servers_are_bound()
    {
        using var host = Build(Ok);
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal("READY=1\nSTATUS=0 connections, 0 requests/s", await _systemd.NextAsync());
        using var client = await ConnectAsync(host);
        Assert.Equal("ok", (await client.GetAsync("/")).Content);
        await host.StopAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith(Stopping, await _systemd.NextAsync(), StringComparison.Ordinal);
        Assert.Empty(_systemd.TakeArrived());
        Assert.DoesNotContain(_log.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_start_that_fails_is_not_ready()
    {
        using var host = Build(Ok, prefix: "http://192.0.2.1:80/");
        await Assert.ThrowsAsync<ServerStartException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Empty(_systemd.TakeArrived());
    }

    [Fact]
    public async Task A_path_is_an_address_too_and_another_address_is_reported()
    {
        using var folder = new TemporaryFolder();
        using (var systemd = new Notifications(folder.PathOf("notify")))
        {
            _variables[NotifySocket.Variable] = systemd.Address;
            using var host = Build(Ok);
            await host.StartAsync(TestContext.Current.CancellationToken);
            Assert.StartsWith("READY=1\n", await systemd.NextAsync(), StringComparison.Ordinal);
        }

        foreach (var (address, reason) in new[]
        {
            ("vsock:2:1234", "NOTIFY_SOCKET is 'vsock:2:1234': it must be a path or, for an abstract socket, @ and a name"),
            ("@", "NOTIFY_SOCKET is '@': it must be a path or, for an abstract socket, @ and a name"),
            ("/" + new string('a', 200), "invalid length"),
            (folder.PathOf("nobody"), $"NOTIFY_SOCKET is '{folder.PathOf("nobody")}', where no socket is"),
        })
        {
            _variables[NotifySocket.Variable] = address;
            using var host = Build(Ok);
            await host.StartAsync(TestContext.Current.CancellationToken);
            await host.StopAsync(TestContext.Current.CancellationToken);
            Assert.Contains(
                _log.Entries,
                entry => entry.Message.StartsWith("systemd cannot be notified: ", StringComparison.Ordinal)
                    && entry.Message.Contains(reason, StringComparison.Ordinal));
        }

        // Once, not for each message.
        Assert.Equal(4, _log.Entries.Count(entry => entry.Level == LogLevel.Warning));
    }

    [Fact]
    public async Task A_queue_that_is_full_holds_up_neither_the_server_nor_its_stop()
    {
        using var filler = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        filler.Connect(new UnixDomainSocketEndPoint('\0' + _systemd.Address[1..]));
        var fault = SocketError.Success;
        while (fault == SocketError.Success)
        {
            filler.Send("X"u8, SocketFlags.None, out fault);
        }

        Assert.Equal(SocketError.WouldBlock, fault);
        using var host = Build(Ok);
        await host.StartAsync(TestContext.Current.CancellationToken);
        using (var client = await ConnectAsync(host))
        {
            Assert.Equal("ok", (await client.GetAsync("/")).Content);
        }

        await host.StopAsync(TestContext.Current.CancellationToken);
        Assert.Single(_log.Entries, entry => entry.Message.StartsWith("systemd cannot be notified: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_status_tells_connections_and_the_rate_of_requests_when_they_have_changed()
    {
        using var host = Build(Ok);
        await host.StartAsync(TestContext.Current.CancellationToken);
        await _systemd.NextAsync();
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Empty(_systemd.TakeArrived());
        using (var first = await ConnectAsync(host))
        using (var second = await ConnectAsync(host))
        {
            for (var i = 0; i < 10; i++)
            {
                await first.GetAsync("/");
                await second.GetAsync("/");
            }

            _time.Advance(TimeSpan.FromSeconds(4));
            Assert.Empty(_systemd.TakeArrived());
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(["STATUS=2 connections, 4 requests/s"], _systemd.TakeArrived());
            _time.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal(["STATUS=2 connections, 0 requests/s"], _systemd.TakeArrived());
            await first.GetAsync("/");
        }

        // Requests of connections that have closed count, too.
        await Until.TrueAsync(() => host.Services.GetRequiredService<HostedServer>().Connections!.Count == 0);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["STATUS=0 connections, 0.2 requests/s"], _systemd.TakeArrived());
    }

    [Fact]
    public async Task A_stop_tells_every_second_what_it_waits_for_and_asks_for_more_time()
    {
        var release = new TaskCompletionSource();
        using var host = Build(new Routes().Get("/slow/{id}", _ => release.Task).Get("/", Ok));
        await host.StartAsync(TestContext.Current.CancellationToken);
        using var client = await ConnectAsync(host);
        using var other = await ConnectAsync(host);
        await other.GetAsync("/");
        await client.SendAsync("GET /slow/1 HTTP/1.1\r\nHost: h\r\n\r\n");
        var connections = host.Services.GetRequiredService<HostedServer>().Connections!;
        await Until.TrueAsync(() => connections.Connections.Any(connection => connection.Request.IsHandlerRunning));
        _systemd.TakeArrived();
        var stopping = host.StopAsync(TestContext.Current.CancellationToken);
        var message = await _systemd.NextAsync();
        Assert.StartsWith(Stopping + "1 request in progress", message, StringComparison.Ordinal);
        await Until.TrueAsync(() => connections.Count == 1);
        for (var i = 0; i < 2; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(
                ["EXTEND_TIMEOUT_USEC=15000000\nSTATUS=Draining: 1 request in progress (GET /slow/{id}), 1 connection"],
                _systemd.TakeArrived());
        }

        release.SetResult();
        await stopping;
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty(_systemd.TakeArrived());
    }

    [Fact]
    public async Task A_reload_tells_when_it_began_reads_the_configuration_and_is_ready_again()
    {
        using var host = Build(Ok);
        await host.StartAsync(TestContext.Current.CancellationToken);
        await _systemd.NextAsync();
        var reloads = 0;
        using var registration = ChangeToken.OnChange(
            ((IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>()).GetReloadToken, () => reloads++);
        _time.Advance(TimeSpan.FromSeconds(3));
        Notifier(host).Reload();
        var microseconds = (_time.GetTimestamp() / 10).ToString(CultureInfo.InvariantCulture);
        Assert.Equal(
            [$"RELOADING=1\nMONOTONIC_USEC={microseconds}\nSTATUS=Reloading", "READY=1\nSTATUS=0 connections, 0 requests/s"],
            _systemd.TakeArrived());
        Assert.Equal(1, reloads);
    }

    [Fact]
    public async Task A_reload_that_fails_ends_all_the_same()
    {
        var source = new FailingSource();
        using var host = Build(Ok, source: source);
        await host.StartAsync(TestContext.Current.CancellationToken);
        await _systemd.NextAsync();
        source.Fails = true;
        Notifier(host).Reload();
        var messages = _systemd.TakeArrived();
        Assert.Equal(2, messages.Count);
        Assert.Equal("READY=1\nSTATUS=Not reloaded: Broken  here.", messages[1]);
        Assert.Contains(_log.Entries, entry => entry.Level == LogLevel.Error && entry.Exception is InvalidDataException);
    }

    [Fact]
    public async Task Beside_a_lifetime_that_sends_READY_and_STOPPING_the_rest_is_sent()
    {
        using var host = Build(Ok, services => services.AddSingleton<IHostLifetime, SystemdLifetime>());
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal("STATUS=0 connections, 0 requests/s", await _systemd.NextAsync());
        Notifier(host).Reload();
        Assert.StartsWith("RELOADING=1\n", await _systemd.NextAsync(), StringComparison.Ordinal);
        Assert.StartsWith("READY=1\n", await _systemd.NextAsync(), StringComparison.Ordinal);
        await host.StopAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("EXTEND_TIMEOUT_USEC=15000000\nSTATUS=Draining: ", await _systemd.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_stays_on_its_line() => Assert.Equal("STATUS=a b c", NotifySocket.Line("STATUS", "a\nb\0c"));

    private static Task Ok(RequestContext context) => context.Response.WriteTextAsync("ok");

    private static SystemdNotifier Notifier(IHost host) => host.Services.GetServices<IHostedService>().OfType<SystemdNotifier>().Single();

    private static Task<RawClient> ConnectAsync(IHost host) =>
        RawClient.ConnectAsync(host.Services.GetRequiredService<HostedServer>().EndPoints[0]);

    private IHost Build(
        Func<RequestContext, Task> app,
        Action<IServiceCollection>? add = null,
        string prefix = "http://127.0.0.1:0/",
        IConfigurationSource? source = null)
    {
        var builder = HostedServerTests.Builder(("TinyHost:Prefixes", prefix));
        if (source is not null)
        {
            builder.Configuration.Sources.Add(source);
        }

        builder.Services.AddSingleton<ILoggerFactory>(_log);
        builder.Services.AddSingleton<IHostedService>(
            provider => new SystemdNotifier(provider, name => _variables.GetValueOrDefault(name), _time));
        builder.Services.AddTinyHost(_ => app, options => options.TimeProvider = _time);
        add?.Invoke(builder.Services);
        return builder.Build();
    }

    /// <summary>Named as that of Microsoft.Extensions.Hosting.Systemd.</summary>
    private sealed class SystemdLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class FailingSource : ConfigurationProvider, IConfigurationSource
    {
        public bool Fails { get; set; }

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public override void Load()
        {
            if (Fails)
            {
                throw new InvalidDataException("Broken\r\nhere.");
            }
        }
    }
}
