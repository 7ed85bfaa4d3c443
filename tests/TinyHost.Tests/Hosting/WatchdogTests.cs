// Owns: tests of the pings for systemd's watchdog, over a socket of the test and by its clock.

using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class WatchdogTests : IDisposable
{
    private readonly Notifications _systemd;
    private readonly ManualTime _time = new();
    private readonly RecordingLogger _log = new();
    private readonly Dictionary<string, string?> _variables = [];

    public WatchdogTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        _systemd = new Notifications($"@tinyhost-{Guid.NewGuid():N}");
        _variables[NotifySocket.Variable] = _systemd.Address;
    }

    public void Dispose() => _systemd.Dispose();

    [Fact]
    public async Task The_watchdog_is_pinged_at_half_of_its_time_while_the_server_lives()
    {
        var pid = $"{Environment.ProcessId}";
        var interval = Watchdog.Interval(name => name == "WATCHDOG_USEC" ? "20000000" : pid, Environment.ProcessId);
        using var host = Build(Ok);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var sent = new ConcurrentQueue<string>();
        using var watchdog = new Watchdog(
            interval!.Value, [host.Services.GetRequiredService<HostedServer>()], sent.Enqueue, _time, _log);
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(9));
            Assert.Equal(i, sent.Count);
            _time.Advance(TimeSpan.FromSeconds(1));
            await Until.TrueAsync(() => !watchdog.IsChecking);
            Assert.Equal(Enumerable.Repeat("WATCHDOG=1", i + 1), sent);
        }
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", "")]
    [InlineData("soon", null)]
    [InlineData("-5", null)]
    [InlineData("1", null)]
    [InlineData("20000000", "1")]
    public void A_watchdog_of_another_process_or_without_a_time_is_none(string? microseconds, string? pid) => Assert.Null(Watchdog.Interval(
        name => name switch { "WATCHDOG_USEC" => microseconds, "WATCHDOG_PID" => pid, _ => null }, Environment.ProcessId));

    [Fact]
    public async Task A_wedged_server_is_not_pinged_for_and_the_status_names_the_route_until_it_lives_again()
    {
        _variables["WATCHDOG_USEC"] = "20000000";
        using var wedge = new ManualResetEventSlim();
        using var turn = new SemaphoreSlim(1);
        var chain = new Pipeline()
            .Use(next => async context =>
            {
                await turn.WaitAsync();
                try
                {
                    await next(context);
                }
                finally
                {
                    turn.Release();
                }
            })
            .Run(new Routes().Get("/orders/{id}", context =>
            {
                wedge.Wait(TestTimeout.Long);
                return Ok(context);
            }));
        using var host = Build(chain);
        await host.StartAsync(TestContext.Current.CancellationToken);
        await _systemd.NextAsync();
        using var client = await ConnectAsync(host);
        await client.SendAsync("GET /orders/1 HTTP/1.1\r\nHost: h\r\n\r\n");
        await Until.TrueAsync(() => turn.CurrentCount == 0);
        List<string> messages = [];
        await Until.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            messages.AddRange(_systemd.TakeArrived());
            return messages.Any(message => message.StartsWith("STATUS=Not alive: ", StringComparison.Ordinal));
        });
        Assert.DoesNotContain("WATCHDOG=1", messages);
        Assert.Contains("GET /orders/{id} holds a thread", messages[^1], StringComparison.Ordinal);
        Assert.Contains(_log.Entries, entry => entry.Level == LogLevel.Error
            && entry.Message.StartsWith("The watchdog of systemd is no longer pinged", StringComparison.Ordinal)
            && entry.Message.Contains("GET /orders/{id}", StringComparison.Ordinal));
        wedge.Set();
        Assert.Equal("ok", (await client.ReadResponseAsync()).Content);
        await Until.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _systemd.TakeArrived().Contains("WATCHDOG=1");
        });
        Assert.Contains(_log.Entries, entry => entry.Message == "The watchdog of systemd is pinged again.");
    }

    [Fact]
    public async Task A_wedged_accept_loop_ends_the_pings()
    {
        _variables["WATCHDOG_USEC"] = "20000000";
        using var wedge = new ManualResetEventSlim(initialState: true);
        using var host = Build(Ok, options => options.SocketSettings = () => new SocketSettings(
            (_, _, _, _) => wedge.Wait(TestTimeout.Long), areInherited: false));
        await host.StartAsync(TestContext.Current.CancellationToken);
        await _systemd.NextAsync();
        wedge.Reset();
        using var stuck = await ConnectAsync(host);
        List<string> messages = [];
        await Until.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            messages.AddRange(_systemd.TakeArrived());
            return messages.Any(message => message.StartsWith("STATUS=Not alive: ", StringComparison.Ordinal));
        });
        Assert.DoesNotContain("WATCHDOG=1", messages);
        Assert.Contains("server.accept_loop", messages[^1], StringComparison.Ordinal);
        wedge.Set();
        Assert.Equal("ok", (await stuck.GetAsync("/")).Content);
        await Until.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _systemd.TakeArrived().Contains("WATCHDOG=1");
        });
    }

    private static Task Ok(RequestContext context) => context.Response.WriteTextAsync("ok");

    private static Task<RawClient> ConnectAsync(IHost host) =>
        RawClient.ConnectAsync(host.Services.GetRequiredService<HostedServer>().EndPoints[0]);

    private IHost Build(Func<RequestContext, Task> app, Action<ServerOptions>? configure = null)
    {
        var builder = HostedServerTests.Builder(("TinyHost:Prefixes", "http://127.0.0.1:0/"));
        builder.Services.AddSingleton<ILoggerFactory>(_log);
        builder.Services.AddSingleton<IHostedService>(
            provider => new SystemdNotifier(provider, name => _variables.GetValueOrDefault(name), _time));
        builder.Services.AddTinyHost(_ => app, options =>
        {
            options.TimeProvider = _time;
            configure?.Invoke(options);
        });
        return builder.Build();
    }
}
