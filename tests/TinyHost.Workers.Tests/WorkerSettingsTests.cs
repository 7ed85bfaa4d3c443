// Owns: reading the settings of the workers, wrong ones included.

using System.Net;
using Microsoft.Extensions.Configuration;

namespace TinyHost.Workers.Tests;

public sealed class WorkerSettingsTests
{
    [Fact]
    public void Without_settings_the_program_decides()
    {
        var settings = WorkerSettings.Read(null, 3);
        Assert.Equal((3, IPAddress.Loopback, null, 60), Values(settings));
        Assert.Equal(2, Read(2).Count);
    }

    [Fact]
    public void A_number_alone_overrides_the_program() => Assert.Equal(5, Read(2, ("TinyHost:Workers", "5")).Count);

    [Fact]
    public void A_section_has_all_settings()
    {
        var settings = Read(
            2, ("TinyHost:Workers:Count", "4"), ("TinyHost:Workers:MetricsAddress", "0.0.0.0"),
            ("TinyHost:Workers:TargetsFile", "/run/app.json"), ("TinyHost:Workers:StartTimeout", "00:02:00"));
        Assert.Equal((4, IPAddress.Any, "/run/app.json", 120), Values(settings));
    }

    [Fact]
    public void An_empty_setting_counts_as_none() =>
        Assert.Equal(2, Read(2, ("TinyHost:Workers:Count", ""), ("TinyHost:Workers:TargetsFile", "")).Count);

    [Theory]
    [InlineData("--workers", "3")]
    [InlineData("--workers=3", null)]
    [InlineData("--Workers", "3")]
    public void The_command_line_overrides_all(string first, string? second)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection([new("TinyHost:Workers", "5"), new("workers", "7")]);
        configuration.AddCommandLine(second is null ? [first] : [first, second]);
        Assert.Equal(3, WorkerSettings.Read(configuration, 2).Count);
    }

    [Fact]
    public void A_key_of_another_source_is_not_the_command_line() => Assert.Equal(2, Read(2, ("workers", "7")).Count);

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1025")]
    [InlineData("")]
    public void A_wrong_number_on_the_command_line_is_named(string text)
    {
        var configuration = new ConfigurationBuilder().AddCommandLine([$"--workers={text}"]).Build();
        var fault = Assert.Throws<ServerStartException>(() => WorkerSettings.Read(configuration, 2));
        Assert.Equal($"Cannot start: --workers is '{text}'; it must be a whole number of workers from 0 to 1024.", fault.Message);
    }

    [Theory]
    [InlineData("TinyHost:Workers", "four", "TinyHost:Workers is 'four'; it must be a whole number of workers from 0 to 1024.")]
    [InlineData("TinyHost:Workers:Count", "1025", "TinyHost:Workers:Count is '1025'; it must be a whole number of workers from 0 to 1024.")]
    [InlineData("TinyHost:Workers:MetricsAddress", "localhost", "TinyHost:Workers:MetricsAddress is 'localhost'; it must be an IP")]
    [InlineData("TinyHost:Workers:TargetsFile", "app.json", "TinyHost:Workers:TargetsFile is 'app.json'; it must be the absolute path")]
    [InlineData("TinyHost:Workers:TargetsFile", "/run/app", "TinyHost:Workers:TargetsFile is '/run/app'; it must be the absolute path")]
    [InlineData("TinyHost:Workers:StartTimeout", "0", "TinyHost:Workers:StartTimeout is '0'; it must be a time in seconds")]
    [InlineData("TinyHost:Workers:Backoff", "1", "unknown setting TinyHost:Workers:Backoff. Known settings: Count, MetricsAddress")]
    public void A_wrong_setting_is_named(string key, string value, string expected)
    {
        var fault = Assert.Throws<ServerStartException>(() => Read(2, (key, value)));
        Assert.StartsWith($"Cannot start: {expected}", fault.Message, StringComparison.Ordinal);
    }

    private static WorkerSettings Read(int workers, params (string Key, string Value)[] settings) => WorkerSettings.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(one => one.Key, one => (string?)one.Value)).Build(),
        workers);

    private static (int, IPAddress, string?, double) Values(WorkerSettings settings) =>
        (settings.Count, settings.MetricsAddress, settings.TargetsFile, settings.StartTimeout.TotalSeconds);
}
