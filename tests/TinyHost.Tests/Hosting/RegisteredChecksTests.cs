// Owns: tests of health checks of Microsoft.Extensions.Diagnostics.HealthChecks behind TinyHost's probes.

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class RegisteredChecksTests
{
    [Fact]
    public async Task Checks_added_before_or_after_the_line_decide_readiness_and_those_tagged_live_decide_liveness()
    {
        using var host = await StartAsync(services =>
        {
            services.AddHealthChecks().AddCheck<Database>("database", tags: ["ready"]);
            services.AddTinyHostHealthChecks().AddCheck("worker", () => HealthCheckResult.Unhealthy("stuck"), ["live"]);
            services.AddTinyHostHealthChecks();
        });
        using var client = await ConnectAsync(host);
        var live = await client.GetAsync("/-/healthy");
        Assert.Equal((503, "Unhealthy.\nworker: unhealthy: stuck\n"), (live.Status, live.Content));
        var ready = await client.GetAsync("/-/ready");
        Assert.Equal(
            (503, "Not ready.\ndatabase: degraded: 3 of 4 replicas\nworker: unhealthy: stuck\n"), (ready.Status, ready.Content));
    }

    [Fact]
    public async Task A_degraded_check_is_ready()
    {
        using var host = await StartAsync(services => services.AddTinyHostHealthChecks().AddCheck<Database>("database"));
        using var client = await ConnectAsync(host);
        var ready = await client.GetAsync("/-/ready");
        Assert.Equal((200, "Ready.\ndatabase: degraded: 3 of 4 replicas\n"), (ready.Status, ready.Content));
        Assert.Equal("Healthy.\n", (await client.GetAsync("/-/healthy")).Content);
    }

    [Fact]
    public async Task The_message_of_an_exception_is_not_shown_and_a_failure_status_is_respected()
    {
        using var host = await StartAsync(services => services.AddTinyHostHealthChecks()
            .AddCheck("a", () => throw new InvalidOperationException("password=secret"))
            .Add(new HealthCheckRegistration(
                "b", new Failing(), HealthStatus.Degraded, tags: null, timeout: TimeSpan.FromSeconds(20))));
        using var client = await ConnectAsync(host);
        Assert.Equal(
            "Not ready.\na: unhealthy: threw InvalidOperationException\nb: degraded: threw NotSupportedException\n",
            (await client.GetAsync("/-/ready")).Content);
    }

    [Fact]
    public async Task A_hanging_check_holds_up_no_other_and_is_run_once()
    {
        var hanging = new Hanging();
        using var host = await StartAsync(
            services => services.AddTinyHostHealthChecks().AddCheck("hanging", hanging).AddCheck<Database>("database"),
            ("TinyHost:Health:CheckTimeout", "1"),
            ("TinyHost:Health:CacheLifetime", "0"));
        using var client = await ConnectAsync(host);
        for (var i = 0; i < 5; i++)
        {
            Assert.Matches(
                "^Not ready.\nhanging: unhealthy: no answer for [0-9]+ s\ndatabase: degraded: 3 of 4 replicas\n$",
                (await client.GetAsync("/-/ready")).Content);
        }

        Assert.Equal(1, hanging.Runs);
        hanging.Release.SetResult(HealthCheckResult.Healthy());
    }

    [Fact]
    public async Task A_check_named_as_one_in_the_code_fails_the_start()
    {
        var error = await Assert.ThrowsAsync<ServerStartException>(() => StartAsync(services => services.AddTinyHostHealthChecks()
            .AddCheck<Database>("in code")));
        Assert.Equal("Cannot start: two health checks are named 'in code'; give each a name of its own.", error.Message);
    }

    private static async Task<IHost> StartAsync(Action<IServiceCollection> configure, params (string Key, string Value)[] settings)
    {
        var builder = HostedServerTests.Builder([("TinyHost:Prefixes:0", "http://127.0.0.1:0/"), .. settings]);
        builder.Services.AddLogging();
        configure(builder.Services);
        builder.Services.AddTinyHost(pipeline => pipeline
            .UseHealth(health => health.Add("in code", _ => Task.FromResult(HealthResult.Healthy)))
            .Run(new Routes()));
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static Task<RawClient> ConnectAsync(IHost host) =>
        RawClient.ConnectAsync(host.Services.GetRequiredService<HostedServer>().EndPoints[0]);

    private sealed class Database : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(HealthCheckResult.Degraded("3 of 4 replicas"));
    }

    private sealed class Failing : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException("secret");
    }

    private sealed class Hanging : IHealthCheck
    {
        private int _runs;

        internal int Runs => Volatile.Read(ref _runs);

        internal TaskCompletionSource<HealthCheckResult> Release { get; } = new();

        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _runs);
            return Release.Task;
        }
    }
}
