// Owns: named prefixes in a configuration, the server among the services of its host, and settings that a stage has not read.

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class HostedEndPointTests
{
    private static readonly Func<RequestContext, Task> s_app = context => context.Response.WriteTextAsync("app");

    [Theory]
    [InlineData("TinyHost:Prefixes:metrics", "http://127.0.0.1:0/")]
    [InlineData("TinyHost:Prefixes:metrics:Url", " http://127.0.0.1:0/ ")]
    [InlineData("TinyHost:Prefixes:0:Url", "metrics=http://127.0.0.1:0/")]
    [InlineData("TinyHost:Prefixes:0", "metrics=http://127.0.0.1:0/")]
    [InlineData("TinyHost:Prefixes", " metrics = http://127.0.0.1:0/ ; http://127.0.0.1:0/ ;")]
    public async Task A_configured_prefix_can_have_a_name(string key, string value)
    {
        var builder = HostedServerTests.Builder((key, value));
        builder.Services.AddTinyHost(
            pipeline => pipeline.MapPrefix("metrics", context => context.Response.WriteTextAsync("metrics")).Run(s_app),
            options => options.Prefixes.Add("http://127.0.0.1:1/"));
        using var host = builder.Build();
        var server = host.Services.GetRequiredService<HostedServer>();
        Assert.Empty(server.EndPoints);
        Assert.Throws<InvalidOperationException>(() => server.EndPointOf("metrics"));
        await host.StartAsync();
        using var client = await RawClient.ConnectAsync(server.EndPointOf("metrics"));
        Assert.Equal("metrics", (await client.GetAsync("/")).Content);
        await host.StopAsync();
        Assert.Empty(server.EndPoints);
    }

    [Theory]
    [InlineData(
        "TinyHost:Prefixes:a:Uri", "http://127.0.0.1:0/",
        "unknown setting TinyHost:Prefixes:a:Uri. Known settings: Backlog, Certificate, ")]
    [InlineData("TinyHost:Prefixes:a.b", "http://127.0.0.1:0/", "not a prefix: 'a.b=http://127.0.0.1:0/': a name consists of")]
    [InlineData("TinyHost:Prefixes:metrics", "", "not a prefix: 'metrics=': expected http://HOST:PORT/")]
    [InlineData("TinyHost:Prefixes:metrics", "9100", "not a prefix: 'metrics=9100': expected http://HOST:PORT/")]
    public async Task A_configured_prefix_that_cannot_be_read_fails_the_start(string key, string value, string expected)
    {
        var builder = HostedServerTests.Builder(("TinyHost:Prefixes:public", "http://127.0.0.1:0/"), (key, value));
        builder.Services.AddTinyHost(pipeline => pipeline.Run(s_app));
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<ServerStartException>(() => host.StartAsync());
        Assert.StartsWith("Cannot start: " + expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_server_of_a_host_is_a_service()
    {
        var builder = HostedServerTests.Builder();
        builder.Services
            .AddTinyHost(pipeline => pipeline.Run(s_app), options => options.Prefixes.Add("http://127.0.0.1:0/"))
            .AddTinyHost(pipeline => pipeline.Run(s_app), options => options.Prefixes.Add("http://127.0.0.1:0/"))
            .AddTinyHost("admin", pipeline => pipeline.Run(s_app), options => options.Prefixes.Add("http://127.0.0.1:0/"))
            .AddHostedService<LateService>();
        using var host = builder.Build();
        await host.StartAsync();
        HostedServer[] servers =
            [.. host.Services.GetServices<HostedServer>(), host.Services.GetRequiredKeyedService<HostedServer>("admin")];
        Assert.Equal(3, servers.Select(server => Assert.Single(server.EndPoints).Port).Distinct().Count());
        Assert.Equal(servers[1].EndPoints, host.Services.GetServices<IHostedService>().OfType<LateService>().Single().Seen);
        await host.StopAsync();
    }

    [Theory]
    [InlineData(null, "TinyHost", false)]
    [InlineData("TinyHost:Things", "TinyHost", true)]
    [InlineData("TinyHost:Things", "TinyHost:admin", false)]
    [InlineData("TinyHost:admin:Things", "TinyHost:admin", true)]
    public async Task A_stage_that_has_not_read_the_settings_of_its_server_fails_the_start(string? read, string server, bool starts)
    {
        const string Section = "Metrics";
        var builder = HostedServerTests.Builder(
            ($"{server}:Prefixes", "http://127.0.0.1:0/"), ($"{server}:{Section}:Port", "9"));
        var stage = new Configured(s_app, Section, read?.Replace("Things", Section, StringComparison.Ordinal));
        if (server == "TinyHost")
        {
            builder.Services.AddTinyHost(pipeline => pipeline.Run(stage));
        }
        else
        {
            builder.Services.AddTinyHost("admin", pipeline => pipeline.Run(stage));
        }

        using var host = builder.Build();
        if (starts)
        {
            await host.StartAsync();
            await host.StopAsync();
            return;
        }

        var error = await Assert.ThrowsAsync<ServerStartException>(() => host.StartAsync());
        Assert.StartsWith(
            $"Cannot start: a stage of the chain does not read {server}:{Section}, ", error.Message, StringComparison.Ordinal);
        Assert.True(stage.IsReleased);
    }

    private sealed class LateService(HostedServer server) : IHostedService
    {
        internal IReadOnlyList<System.Net.IPEndPoint> Seen { get; private set; } = [];

        public Task StartAsync(CancellationToken cancellationToken)
        {
            Seen = server.EndPoints;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Configured(Func<RequestContext, Task> app, string name, string? read) : Stage(app)
    {
        internal bool IsReleased { get; private set; }

        protected internal override (string Name, string? ReadPath)? SettingsSection => (name, read);

        protected internal override void NotStarted() => IsReleased = true;

        protected override Task InvokeAsync(RequestContext context) => app(context);
    }
}
