// Owns: tests of settings that change while a server runs.

using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class SettingsReloadTests
{
    private const string Free = "http://127.0.0.1:0/";
    private const string LimitsReloaded = "TinyHost:Limits has been loaded again and holds for new connections.";

    [Fact]
    public async Task Limits_change_for_new_connections()
    {
        await using var host = await StartAsync(("TinyHost:Prefixes", Free), ("TinyHost:Limits:MaxRequestBodySize", "2"));
        using var earlier = await host.ConnectAsync();
        Assert.Equal(200, (await earlier.GetAsync("/")).Status);
        host.Change(("TinyHost:Limits:MaxRequestBodySize", "10"));
        Assert.Equal([LimitsReloaded], host.Messages());
        Assert.Equal((200, 413), (await StatusAsync(host, 10), await StatusAsync(host, 11)));
        Assert.Equal(413, await StatusAsync(earlier, 3));
    }

    [Fact]
    public async Task A_limit_that_is_taken_back_is_the_one_in_the_code_again()
    {
        await using var host = await StartAsync(
            options => options.Limits.MaxRequestBodySize = 5, ("TinyHost:Prefixes", Free), ("TinyHost:Limits:MaxRequestBodySize", "2"),
            ("TinyHost:Limits:MaxHeaderSectionSize", "1000"));
        Assert.Equal(413, await StatusAsync(host, 3));
        host.Remove("TinyHost:Limits:MaxRequestBodySize");
        Assert.Equal((200, 413), (await StatusAsync(host, 5), await StatusAsync(host, 6)));
    }

    [Fact]
    public async Task An_empty_limit_differs_from_one_that_is_not_set()
    {
        await using var host = await StartAsync(options => options.Limits.MaxRequestBodySize = 5, ("TinyHost:Prefixes", Free));
        Assert.Equal(413, await StatusAsync(host, 6));
        host.Change(("TinyHost:Limits:MaxRequestBodySize", ""));
        Assert.Equal(200, await StatusAsync(host, 6));
    }

    [Fact]
    public async Task The_limit_on_connections_changes_at_once()
    {
        await using var host = await StartAsync(("TinyHost:Prefixes", Free), ("TinyHost:Limits:MaxConnections", "1"));
        using var first = await host.ConnectAsync();
        Assert.Equal(200, (await first.GetAsync("/")).Status);
        using (var second = await host.ConnectAsync())
        {
            Assert.Equal("", await second.ReadToEndAsync());
        }

        host.Change(("TinyHost:Limits:MaxConnections", "2"));
        using var third = await host.ConnectAsync();
        Assert.Equal(200, (await third.GetAsync("/")).Status);
    }

    [Fact]
    public void A_lower_limit_on_connections_leaves_the_application_half()
    {
        var quotas = new ConnectionQuotas(new ServerLimits(), int.MaxValue, new RecordingLogger());
        var (app, monitoring) = (quotas.Add(1), quotas.Add(2));
        quotas.Reserve(new Monitoring());
        quotas.Limits = new ServerLimits { MaxConnections = 4 };
        Assert.Null(app.TryEnter(int.MaxValue));
        Assert.Null(app.TryEnter(int.MaxValue));
        Assert.Equal("max_connections", app.TryEnter(int.MaxValue));
        Assert.Null(monitoring.TryEnter(int.MaxValue));
    }

    [Fact]
    public async Task A_prefix_keeps_its_own_limits_and_takes_over_the_others()
    {
        await using var host = await StartAsync(
            ("TinyHost:Prefixes:a:Url", Free), ("TinyHost:Prefixes:a:Limits:MaxRequestBodySize", "5"));
        host.Change(("TinyHost:Limits:MaxRequestBodySize", "2"), ("TinyHost:Limits:MaxMethodSize", "4"));
        Assert.Equal((200, 413), (await StatusAsync(host, 5), await StatusAsync(host, 6)));
        using var client = await host.ConnectAsync();
        await client.SendAsync("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(501, (await client.ReadResponseAsync()).Status);
    }

    [Fact]
    public async Task The_limits_of_a_prefix_change_too()
    {
        await using var host = await StartAsync(
            ("TinyHost:Prefixes:a:Url", Free), ("TinyHost:Prefixes:a:Limits:MaxRequestBodySize", "2"),
            ("TinyHost:Limits:MaxRequestBodySize", "5"));
        host.Change(("TinyHost:Prefixes:a:Limits:MaxRequestBodySize", "10"));
        Assert.Equal(["TinyHost:Prefixes:a:Limits has been loaded again and holds for new connections."], host.Messages());
        Assert.Equal((200, 413), (await StatusAsync(host, 10), await StatusAsync(host, 11)));
        host.Change(("TinyHost:Prefixes:a:Limits:MaxRequestBodySize", ""));
        Assert.Equal(200, await StatusAsync(host, 11));
        host.Remove("TinyHost:Prefixes:a:Limits:MaxRequestBodySize");
        Assert.Equal((200, 413), (await StatusAsync(host, 5), await StatusAsync(host, 6)));
        host.Change(("TinyHost:Prefixes:a:Limits:MaxMethodSize", "4"));
        Assert.Equal("TinyHost:Prefixes:a:Limits has been loaded again and holds for new connections.", host.Messages()[^1]);
        using var client = await host.ConnectAsync();
        await client.SendAsync("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(501, (await client.ReadResponseAsync()).Status);
    }

    [Fact]
    public async Task The_limit_on_connections_of_a_prefix_changes_at_once()
    {
        await using var host = await StartAsync(("TinyHost:Prefixes:0:Url", Free));
        using var first = await host.ConnectAsync();
        Assert.Equal(200, (await first.GetAsync("/")).Status);
        host.Change(("TinyHost:Prefixes:0:MaxConnections", "1"));
        Assert.Equal(["TinyHost:Prefixes:0:MaxConnections has been loaded again and holds for new connections."], host.Messages());
        using (var second = await host.ConnectAsync())
        {
            Assert.Equal("", await second.ReadToEndAsync());
        }

        host.Remove("TinyHost:Prefixes:0:MaxConnections");
        using var third = await host.ConnectAsync();
        Assert.Equal(200, (await third.GetAsync("/")).Status);
    }

    [Theory]
    [InlineData("TinyHost:Prefixes:a:Limits:MaxDrainSize", "much", "TinyHost:Prefixes:a:Limits:MaxDrainSize is 'much'; it must be ")]
    [InlineData("TinyHost:Prefixes:a:Limits:StreamGrace", "5", "unknown setting TinyHost:Prefixes:a:Limits:StreamGrace. Known settings: ")]
    [InlineData("TinyHost:Prefixes:a:MaxConnections", "0", "TinyHost:Prefixes:a:MaxConnections is '0'; it must be ")]
    public async Task A_limit_of_a_prefix_that_cannot_be_read_leaves_all_limits_as_they_were(string key, string value, string reason)
    {
        await using var host = await StartAsync(
            ("TinyHost:Prefixes:a:Url", Free), ("TinyHost:Prefixes:a:Limits:MaxRequestBodySize", "2"));
        host.Change(("TinyHost:Limits:MaxMethodSize", "3"), ("TinyHost:Prefixes:a:Limits:IdleTimeout", "5"), (key, value));
        Assert.All(host.Messages(), message => Assert.Contains(
            $" cannot be loaded again and stays as it was: {reason}", message, StringComparison.Ordinal));
        Assert.Contains(host.Messages(), message => message.StartsWith("TinyHost:Limits cannot ", StringComparison.Ordinal));
        Assert.Equal((200, 413), (await StatusAsync(host, 2), await StatusAsync(host, 3)));
    }

    [Fact]
    public async Task Prefixes_that_share_a_socket_keep_their_limits_unless_they_stay_the_same()
    {
        var port = FreePort.Next();
        await using var host = await StartAsync(
            ("TinyHost:Prefixes:a:Url", $"http://127.0.0.1:{port}/a/"), ("TinyHost:Prefixes:b:Url", $"http://127.0.0.1:{port}/"));
        host.Change(("TinyHost:Prefixes:b:Limits:MaxRequestBodySize", "2"));
        Assert.Equal(
            [
                "TinyHost:Prefixes:b:Limits cannot be loaded again and stays as it was: the prefixes "
                    + $"http://127.0.0.1:{port}/a/ and http://127.0.0.1:{port}/ share a socket, so both need the same MaxConnections, "
                    + "Backlog and Limits.",
            ],
            host.Messages());
        Assert.Equal(200, await StatusAsync(host, 3));
        host.Change(("TinyHost:Prefixes:a:Limits:MaxRequestBodySize", "2"));
        Assert.Equal("TinyHost:Prefixes:a:Limits has been loaded again and holds for new connections.", host.Messages()[^1]);
        Assert.Equal(413, await StatusAsync(host, 3));
    }

    [Fact]
    public async Task A_prefix_that_was_a_text_at_the_start_takes_limits_over_at_the_next()
    {
        await using var host = await StartAsync(("TinyHost:Prefixes:a", Free));
        host.Change(("TinyHost:Prefixes:a:Limits:MaxRequestBodySize", "2"), ("TinyHost:Prefixes:b:MaxConnections", "1"));
        Assert.Equal(
            [
                "TinyHost:Prefixes:a:Limits:MaxRequestBodySize has changed; the change takes effect at the next start.",
                "TinyHost:Prefixes:b:MaxConnections has changed; the change takes effect at the next start.",
            ],
            host.Messages());
        host.Change(("TinyHost:Limits:MaxMethodSize", "5"));
        Assert.Equal(200, await StatusAsync(host, 3));
    }

    [Fact]
    public async Task A_limit_that_cannot_be_read_leaves_all_limits_as_they_were()
    {
        await using var host = await StartAsync(("TinyHost:Prefixes", Free), ("TinyHost:Limits:MaxRequestBodySize", "2"));
        host.Change(("TinyHost:Limits:MaxRequestBodySize", "10"), ("TinyHost:Limits:IdleTimeout", "10 s"));
        host.Change();
        Assert.StartsWith(
            "TinyHost:Limits cannot be loaded again and stays as it was: TinyHost:Limits:IdleTimeout is '10 s'; it must be a time in ",
            Assert.Single(host.Messages()), StringComparison.Ordinal);
        Assert.Equal((200, 413), (await StatusAsync(host, 2), await StatusAsync(host, 3)));
        host.Change(("TinyHost:Limits:IdleTimeout", "10"));
        Assert.Equal(LimitsReloaded, host.Messages()[^1]);
        Assert.Equal(200, await StatusAsync(host, 10));
    }

    [Theory]
    [InlineData("TinyHost:Prefixes")]
    [InlineData("TinyHost:Limits:MaxBlockedThreads")]
    [InlineData("TinyHost:Limits:ReservedConnections")]
    [InlineData("TinyHost:Prefixes:a:Backlog")]
    [InlineData("TinyHost:InlineCompletions")]
    [InlineData("TinyHost:Metrics:Port")]
    [InlineData("TinyHost:Health:CacheLifetime")]
    [InlineData("TinyHost:Handover:Path")]
    public async Task Other_settings_are_reported_once_for_each_change(string key)
    {
        await using var host = await StartAsync(("TinyHost:Prefixes", Free));
        var expected = $"{key} has changed; the change takes effect at the next start.";
        host.Change((key, "1"));
        host.Change();
        Assert.Equal([expected], host.Messages());
        host.Change((key, "2"));
        Assert.Equal([expected, expected], host.Messages());
    }

    [Fact]
    public async Task A_reload_loads_the_files_of_stages_at_once_where_nothing_else_is_reloaded()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("users", "ann:" + PasswordHash.Create("old", 1_000));
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(new RecordingLogger());
        services.AddTinyHost(
            pipeline => pipeline.UseAuthentication(auth => auth.Users(path)).Run(AnswerAsync), options => options.Prefixes.Add(Free));
        await using var provider = services.BuildServiceProvider();
        var server = provider.GetRequiredService<HostedServer>();
        await ((IHostedService)server).StartAsync(TestContext.Current.CancellationToken);
        using var client = await RawClient.ConnectAsync(server.EndPoints[0]);
        Assert.Equal(401, (await client.GetAsync("/", Credentials.Basic("ann:new") + "\r\n")).Status);
        folder.Write("users", "ann:" + PasswordHash.Create("new", 1_000));
        // What SIGHUP does.
        server.Reload();
        Assert.Equal(200, (await client.GetAsync("/", Credentials.Basic("ann:new") + "\r\n")).Status);
        await ((IHostedService)server).StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Each_server_looks_at_its_own_section()
    {
        await using var host = await StartAsync(("TinyHost:Prefixes", Free), ("TinyHost:admin:Prefixes", Free));
        host.Change(("TinyHost:admin:Limits:MaxRequestBodySize", "2"), ("TinyHost:admin:DrainDelay", "5"), ("Logging:Level", "1"));
        Assert.Equal(
            [
                "TinyHost:admin:DrainDelay has changed; the change takes effect at the next start.",
                "TinyHost:admin:Limits has been loaded again and holds for new connections.",
            ],
            host.Messages().Order(StringComparer.Ordinal));
        Assert.Equal(200, await StatusAsync(host, 3));
    }

    [Fact]
    public async Task A_server_that_has_stopped_no_longer_looks()
    {
        await using var host = await StartAsync(("TinyHost:Prefixes", Free));
        await host.StopAsync();
        host.Change(("TinyHost:Limits:MaxRequestBodySize", "2"), ("TinyHost:DrainDelay", "5"));
        Assert.Empty(host.Messages());
    }

    private static Task<RunningHost> StartAsync(params (string Key, string Value)[] settings) => StartAsync(_ => { }, settings);

    private static async Task<RunningHost> StartAsync(Action<ServerOptions> configure, params (string Key, string Value)[] settings)
    {
        var builder = HostedServerTests.Builder(settings);
        var log = new RecordingLogger();
        builder.Services.AddSingleton<ILoggerFactory>(log);
        builder.Services.AddTinyHost(pipeline => pipeline.Run(AnswerAsync), configure);
        if (settings.Any(setting => setting.Key.StartsWith("TinyHost:admin:", StringComparison.Ordinal)))
        {
            builder.Services.AddTinyHost("admin", pipeline => pipeline.Run(AnswerAsync));
        }

        var host = builder.Build();
        await host.StartAsync();
        return new RunningHost(host, builder.Configuration, log);
    }

    private static async Task AnswerAsync(RequestContext context)
    {
        await context.Request.Body.ReadAllAsync();
        await context.Response.WriteTextAsync("ok");
    }

    private static async Task<int> StatusAsync(RunningHost host, int bytes)
    {
        using var client = await host.ConnectAsync();
        return await StatusAsync(client, bytes);
    }

    private static async Task<int> StatusAsync(RawClient client, int bytes)
    {
        await client.SendAsync($"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {bytes}\r\n\r\n{new string('x', bytes)}");
        return (await client.ReadResponseAsync()).Status;
    }

    private sealed class Monitoring() : Stage(_ => Task.CompletedTask)
    {
        protected internal override int? MonitoringPort => 2;

        protected override Task InvokeAsync(RequestContext context) => Task.CompletedTask;
    }

    private sealed class RunningHost(IHost host, IConfigurationManager configuration, RecordingLogger log) : IAsyncDisposable
    {
        private readonly IPEndPoint _endPoint = host.Services.GetRequiredService<HostedServer>().EndPoints[0];

        /// <summary>Sets these settings and tells the host, even if there are none.</summary>
        internal void Change(params (string Key, string Value)[] settings)
        {
            foreach (var (key, value) in settings)
            {
                configuration[key] = value;
            }

            ((IConfigurationRoot)configuration).Reload();
        }

        internal void Remove(string key)
        {
            var left = configuration.AsEnumerable().Where(setting => setting.Value is not null && setting.Key != key).ToList();
            configuration.Sources.Clear();
            configuration.AddInMemoryCollection(left);
        }

        /// <summary>What was logged about changes.</summary>
        internal List<string> Messages() =>
            [.. log.Entries.Select(entry => entry.Message).Where(message =>
                message.Contains("loaded again", StringComparison.Ordinal) || message.Contains("next start", StringComparison.Ordinal))];

        internal Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(_endPoint);

        internal Task StopAsync() => host.StopAsync();

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
        }
    }
}
