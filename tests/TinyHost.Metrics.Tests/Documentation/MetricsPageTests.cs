using System.Diagnostics;
using System.Text.RegularExpressions;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Documentation;

/// <summary>Compares docs/metrics.md and the Prometheus rules beside it with the code.</summary>
[Collection(ServersAlone.Name)]
public sealed partial class MetricsPageTests
{
    [Fact]
    public async Task The_tables_list_every_family_with_type_unit_and_labels()
    {
        await using var server = await MetricsServer.StartAsync();
        await server.SendAsync("GET", server.AppPort, "/");
        using var test = new TestCollector(limit: 1, configure: options =>
        {
            options.Meters.Add("TinyHost");
            options.Meters.Add(RuntimeMeter.Name);
        });
        var scrapes = new ScrapeInstruments(new GuardedMeter(test.OwnMeter, new ObserverGuard(logger: null)));
        scrapes.CountError(ScrapeInstruments.CallbackFailed, 1);
        test.Meter.CreateCounter<int>("dropped").Add(-1);
        await server.SendAsync("GET", server.AppPort, "/");
        var others = test.Collect().Where(family => family.Definition.Meter != test.MeterName);
        MetricFamily[] families = [.. others.Concat(test.CollectOwn()).OrderBy(family => family.Name, StringComparer.Ordinal)];
        var rows = Row().Matches(MetricsPage.Text)
            .ToDictionary(match => match.Groups[1].Value, match =>
                (Type: match.Groups[2].Value, Unit: match.Groups[3].Value.Trim(), Labels: Labels(match.Groups[4].Value)));
        Assert.Equal(
            families.Select(family => (family.Name, family.Type.ToString().ToLowerInvariant(), family.Definition.Unit)),
            rows.OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => (row.Key, row.Value.Type, row.Value.Unit)));
        foreach (var family in families)
        {
            string[] seen = [.. family.Series.OfType<Series>().SelectMany(series => LabelName().Matches(series.Labels.ToString())).Select(
                match => match.Groups[1].Value)];
            Assert.Empty(seen.Except([.. rows[family.Name].Labels, "otel_metric_overflow"]));
        }
    }

    [Fact]
    public async Task Promtool_accepts_the_rules_and_their_tests_pass()
    {
        const string promtool = "/usr/bin/promtool";
        if (!File.Exists(promtool))
        {
            Assert.Skip("Debian's promtool (package prometheus) is not installed.");
        }

        var directory = Path.Combine(Repository.Root, "deploy", "prometheus");
        Assert.Equal((0, ""), await RunAsync(promtool, directory, "check", "rules", "rules.yml"));
        Assert.Equal((0, ""), await RunAsync(promtool, directory, "test", "rules", "rules.test.yml"));
    }

    [Fact]
    public void The_rules_use_only_families_that_the_docs_describe()
    {
        var pages = string.Concat(Directory.GetFiles(MetricsPage.Directory, "*.md").Select(File.ReadAllText));
        var rules = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "prometheus", "rules.yml"));
        string[] named = [.. FamilyName().Matches(rules).Select(match => match.Value).Distinct()];
        Assert.True(named.Length >= 6);
        Assert.All(named, name => Assert.Contains($"`{Suffix().Replace(name, "")}`", pages, StringComparison.Ordinal));
    }

    private static string[] Labels(string cell) => [.. Code().Matches(cell).Select(match => match.Groups[1].Value)];

    private static async Task<(int ExitCode, string Error)> RunAsync(string program, string directory, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, process.ExitCode == 0 ? error : error + await output);
    }

    [GeneratedRegex(@"^\| `([a-z0-9_]+)` \| (counter|gauge|histogram|info) \| ([a-z]*) *\| ([^|]*)\| [^|]+ \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("(?:^|,)([a-z_]+)=\"")]
    private static partial Regex LabelName();

    [GeneratedRegex(@"(?<![a-z:_])(?:http_server|tinyhost|process)_[a-z_]+")]
    private static partial Regex FamilyName();

    [GeneratedRegex("_(?:count|bucket|sum)$")]
    private static partial Regex Suffix();
}
