namespace TinyHost.Bench.Tests;

public sealed class SettingsTests
{
    private static readonly string[] s_workloads = ["keepalive", "scrape", "scrape-1k"];

    [Fact]
    public void Without_arguments_everything_is_run_with_the_defaults()
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
    public void All_options_are_read()
    {
        var settings = Settings.Parse(["--only", "keepalive,scrape", "--rounds", "3", "--duration", "1", "--output", "somewhere", "--list", "--check"], s_workloads);
        Assert.Equal(["keepalive", "scrape"], settings.Only);
        Assert.Equal(3, settings.Rounds);
        Assert.Equal(1, settings.Duration);
        Assert.Equal("somewhere", settings.Output);
        Assert.True(settings.List);
        Assert.True(settings.Check);
    }

    [Theory]
    [InlineData("There is no workload 'tls'; there are keepalive, scrape, scrape-1k.", "--only", "keepalive,tls")]
    [InlineData("The option --only needs the names of workloads after it, with commas between them.", "--only", ",")]
    [InlineData("The option --rounds needs a value after it.", "--rounds")]
    [InlineData("The value of --rounds is '0'; it must be a whole number from 1 to 99.", "--rounds", "0")]
    [InlineData("The value of --duration is '1.5'; it must be a whole number from 1 to 600.", "--duration", "1.5")]
    [InlineData(
        "There is no option '--fast'; there are --only NAMES, --rounds N, --duration SECONDS, --output DIRECTORY, --list and --check.", "--fast")]
    public void What_means_nothing_is_refused_in_one_sentence(string sentence, params string[] arguments)
    {
        var exception = Assert.Throws<BenchException>(() => Settings.Parse(arguments, s_workloads));
        Assert.Equal(sentence, exception.Message);
    }
}
