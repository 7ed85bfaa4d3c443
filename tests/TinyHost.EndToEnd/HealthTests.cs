// Owns: health probes of a whole program, asked by curl and HAProxy, with the checks of Microsoft.Extensions.Diagnostics.HealthChecks.

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class HealthTests
{
    [Fact]
    public async Task One_line_puts_health_checks_behind_the_probes_on_the_metrics_port()
    {
        var (appPort, metricsPort) = (FreePort.Next(), FreePort.Next());
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("TinyHost:Prefixes:0", $"http://127.0.0.1:{appPort}/")]);
        Snippets.AddChecks(builder);
        builder.Services.AddTinyHost(pipeline => Snippets.Probed(
            pipeline, metricsPort, new Queue<string>(), new TaskCompletionSource().Task, new Routes()));
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal("Healthy.\n200", await CurlAsync(metricsPort, "/-/healthy"));
        Assert.Equal("Not ready.\ndatabase: unhealthy: connection refused\n503", await CurlAsync(metricsPort, "/-/ready"));
        var json = await CurlAsync(metricsPort, "/-/ready", "-H", "Accept: application/json");
        Assert.Contains("\"database\":{\"status\":\"unhealthy\",\"reason\":\"connection refused\"", json, StringComparison.Ordinal);
        Assert.Contains("\"worker\":{\"status\":\"healthy\"", json, StringComparison.Ordinal);
        Assert.Contains(
            "tinyhost_health_status{check=\"database\"} 0\n", await CurlAsync(metricsPort, "/metrics"), StringComparison.Ordinal);

        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_draining_daemon_is_healthy_and_not_ready()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Hello, "--TinyHost:DrainDelay=20");
        Assert.Equal("Ready.\n200", await CurlAsync(daemon.MetricsPort, "/-/ready"));

        daemon.Process.RequestStop();
        await daemon.Process.WaitForOutputAsync("Stopping: no longer ready");

        Assert.Equal("Not ready.\nserver: unhealthy: stopping\n503", await CurlAsync(daemon.MetricsPort, "/-/ready"));
        Assert.Equal("Healthy.\n200", await CurlAsync(daemon.MetricsPort, "/-/healthy"));
        Assert.Equal("Hello from TinyHost!200", await CurlAsync(daemon.AppPort, "/hello"));
        Assert.Equal(0, await daemon.Process.TerminateAsync());
    }

    /// <summary>The content and, behind it, the status.</summary>
    private static async Task<string> CurlAsync(int port, string path, params string[] options)
    {
        var (exitCode, output, errors) = await ChildProcess.RunAsync(
            "curl", ["-s", "-S", "-w", "%{http_code}", .. options, $"http://127.0.0.1:{port}{path}"]);
        Assert.True(exitCode == 0, errors);
        return output;
    }
}
