// Owns: that the figures of docs/scaling.md are those of the model, of Prometheus and of the example.

using System.Text.RegularExpressions;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Deploy;

public sealed partial class ScalingTests
{
    private static readonly string s_page = File.ReadAllText(Repository.File("docs/scaling.md"));

    [Fact]
    public async Task The_tables_are_those_of_the_model()
    {
        var tables = (await RunModelAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, tables.Length);
        Assert.All(tables, table => Assert.Contains($"\n\n{table.Trim()}\n\n", s_page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Prometheus_shards_as_the_model_does()
    {
        const int Count = 100;
        var jobs = YamlBlock().Match(s_page).Groups[1].Value;
        var modulus = Modulus().Match(jobs).Groups[1].Value;
        var shards = (await RunModelAsync("shards", $"{Count}", modulus)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ')).ToList();
        var expected = shards.Where(line => line[1] == "0").Select(line => line[0]).Order(StringComparer.Ordinal).ToList();
        Assert.InRange(expected.Count, 1, Count - 1);

        // The first scrape of a target is at a time within the interval: none of these targets exists.
        await using var prometheus = await PrometheusServer.StartConfiguredAsync(
            $"global: {{ scrape_interval: 1d }}\n{jobs}    static_configs:\n"
            + $"      - targets: [{string.Join(", ", shards.Select(line => $"'{line[0]}'"))}]\n");
        var targets = await Deadline.UntilAsync("targets", prometheus.ActiveTargetsAsync, targets => targets.Count > 0);
        Assert.Equal(expected, targets.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_example_has_as_many_series_as_the_page_says()
    {
        var range = SeriesOfExample().Match(s_page);
        await using var daemon = await Daemon.StartAsync(Daemon.JsonRpc);
        await daemon.App.CallAsync("add", "[1,2]");
        await daemon.App.CallAsync("add", "[]");
        await daemon.ScrapeAsync();
        var samples = (await daemon.ScrapeAsync()).Text.Split('\n').Count(line => line.Length > 0 && line[0] != '#');
        Assert.InRange(samples, int.Parse(range.Groups[1].Value), int.Parse(range.Groups[2].Value));
    }

    private static async Task<string> RunModelAsync(params string[] arguments)
    {
        var python = OutsideProgram.Require("python3", package: "python3");
        var (exitCode, output, errors) = await ChildProcess.RunAsync(
            python, [Repository.File("bench/scaling/model.py"), .. arguments]);
        Assert.True(exitCode == 0, errors);
        return output;
    }

    [GeneratedRegex("^```yaml\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex YamlBlock();

    [GeneratedRegex(@"modulus: (\d+)")]
    private static partial Regex Modulus();

    [GeneratedRegex(@"exposes between (\d+) and (\d+) series")]
    private static partial Regex SeriesOfExample();
}
