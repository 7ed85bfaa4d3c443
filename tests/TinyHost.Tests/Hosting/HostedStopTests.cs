// Owns: tests of DrainDelay in a Generic Host: the setting, and the host's own limit on stops.

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class HostedStopTests
{
    private readonly RecordingLogger _log = new();

    [Theory]
    [InlineData("2.5", 2.5)]
    [InlineData("0", 0)]
    [InlineData("00:00:07", 7)]
    public async Task DrainDelay_is_a_setting_in_seconds(string value, double seconds)
    {
        ServerOptions? seen = null;
        using var host = Build([("TinyHost:DrainDelay", value)], options => seen = options);
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(seconds, seen!.DrainDelay.TotalSeconds);
        Assert.DoesNotContain(_log.Entries, entry => entry.Message.Contains("ShutdownTimeout", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("soon")]
    public async Task A_DrainDelay_that_is_no_time_fails_the_start(string value)
    {
        using var host = Build([("TinyHost:DrainDelay", value)]);
        var error = await Assert.ThrowsAsync<ServerStartException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith(
            $"Cannot start: TinyHost:DrainDelay is '{value}'; it must be a time in seconds", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("30", 30)]
    [InlineData("45", 30)]
    [InlineData("10", 5)]
    public async Task A_DrainDelay_that_the_host_would_cut_off_is_reported_when_the_server_starts(string delay, int shutdownTimeout)
    {
        using var host = Build(
            [("TinyHost:DrainDelay", delay)], shutdownTimeout: shutdownTimeout == 30 ? null : TimeSpan.FromSeconds(shutdownTimeout));
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Contains(
            (LogLevel.Warning,
                $"DrainDelay is {delay} s, but HostOptions.ShutdownTimeout ends the stop after {shutdownTimeout} s and aborts the "
                + "requests in progress. Give ShutdownTimeout more than DrainDelay.",
                null),
            _log.Entries);
    }

    [Fact]
    public async Task A_longer_ShutdownTimeout_needs_no_warning()
    {
        using var host = Build([("TinyHost:DrainDelay", "45")], shutdownTimeout: TimeSpan.FromSeconds(60));
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(_log.Entries, entry => entry.Level == LogLevel.Warning);
    }

    private IHost Build(
        (string Key, string Value)[] settings, Action<ServerOptions>? seen = null, TimeSpan? shutdownTimeout = null)
    {
        var builder = HostedServerTests.Builder([("TinyHost:Prefixes:0", "http://127.0.0.1:0/"), .. settings]);
        builder.Services.AddSingleton<ILoggerFactory>(_log);
        if (shutdownTimeout is { } limit)
        {
            builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = limit);
        }

        ServerOptions? options = null;
        builder.Services.AddTinyHost(
            pipeline =>
            {
                // The settings have been applied by now.
                seen?.Invoke(options!);
                return pipeline.Run(_ => Task.CompletedTask);
            },
            given => options = given);
        return builder.Build();
    }
}
