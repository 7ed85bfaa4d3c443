namespace TinyHost.Bench.Tests;

public sealed class SettingsTests
{
    private static readonly string[] s_workloads = ["keepalive", "scrape", "scrape-1k"];

    [Fact]
    public void Defaults_run_all_workloads()
    {
        var settings = Settings.Parse([], s_workloads);
        Assert.Empty(settings.Only);
        Assert.Equal(10, settings.Rounds);
        Assert.Equal(1, settings.Duration);
        Assert.Null(settings.Output);
        Assert.False(settings.List);
        Assert.False(settings.Check);
    }

    [Fact]
    public void Parse_reads_all_options()
    {
        var settings = Settings.Parse(
            ["--only", "keepalive,scrape", "--rounds", "3", "--duration", "1", "--output", "somewhere", "--list", "--check"], s_workloads);
        Assert.Equal(["keepalive", "scrape"], settings.Only);
        Assert.Equal(3, settings.Rounds);
        Assert.Equal(1, settings.Duration);
        Assert.Equal("somewhere", settings.Output);
        Assert.True(settings.List);
        Assert.True(settings.Check);
    }

    [Theory]
    [InlineData("Unknown workload 'tls'. Workloads: keepalive, scrape, scrape-1k.", "--only", "keepalive,tls")]
    [InlineData("Option --only needs workload names, separated by commas.", "--only", ",")]
    [InlineData("Option --rounds needs a value.", "--rounds")]
    [InlineData("Option --rounds must be a whole number from 1 to 99, not '0'.", "--rounds", "0")]
    [InlineData("Option --duration must be a whole number from 1 to 600, not '1.5'.", "--duration", "1.5")]
    [InlineData(
        "Unknown option '--fast'. Options: --only NAMES, --rounds N, --duration SECONDS, --output DIRECTORY, --list, --check.", "--fast")]
    public void Invalid_arguments_are_rejected_with_a_clear_message(string message, params string[] arguments)
    {
        var exception = Assert.Throws<BenchException>(() => Settings.Parse(arguments, s_workloads));
        Assert.Equal(message, exception.Message);
    }
}
