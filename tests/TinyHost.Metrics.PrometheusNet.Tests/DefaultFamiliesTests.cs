// Owns: tests that the families prometheus-net adds by itself stand behind the built-in ones without a report.

using System.Text;
using System.Text.RegularExpressions;
using Prometheus;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.PrometheusNet.Tests;

[Collection(AloneInProcess.Name)]
public sealed partial class DefaultFamiliesTests
{
    private static readonly string[] s_dotNetStats =
    [
        "dotnet_collection_count_total", "dotnet_total_memory_bytes", "process_cpu_seconds_total", "process_num_threads",
        "process_open_handles", "process_private_memory_bytes", "process_start_time_seconds", "process_virtual_memory_bytes",
        "process_working_set_bytes",
    ];

    private readonly CollectorRegistry _registry = Prometheus.Metrics.NewCustomRegistry();

    public DefaultFamiliesTests() => DotNetStats.Register(_registry);

    [Theory]
    [InlineData(ExporterFormat.Text)]
    [InlineData(ExporterFormat.OpenMetrics)]
    public async Task Every_family_of_DotNetStats_is_recognised(ExporterFormat format)
    {
        var exporter = new PrometheusNetExporter(_registry);
        using var output = new MemoryStream();
        await exporter.WriteAsync(output, format, TestContext.Current.CancellationToken);
        var origins = Encoding.UTF8.GetString(output.ToArray()).Split('\n')
            .Where(line => line.StartsWith("# HELP ", StringComparison.Ordinal))
            .Select(line => line.Split(' ', 4))
            .ToDictionary(words => words[2], words => exporter.OriginOf(words[2], words[3]));
        Assert.Equal(9, origins.Count);
        Assert.All(origins, family => Assert.Equal(
            family.Key.StartsWith("dotnet_", StringComparison.Ordinal)
                ? ExporterFamilyOrigin.GarbageCollector
                : ExporterFamilyOrigin.Process,
            family.Value));
    }

    [Theory]
    [InlineData("process_num_threads", "Threads of our pool.")]
    [InlineData("orders_total", "Total number of threads")]
    [InlineData("system_load", "")]
    [InlineData("_total", "")]
    public void Other_families_are_the_applications(string family, string help) =>
        Assert.Equal(ExporterFamilyOrigin.Application, new PrometheusNetExporter(_registry).OriginOf(family, help));

    [Theory]
    [InlineData("system_net_http_requests_started_total", ExporterFamilyOrigin.Process)]
    [InlineData("system_runtime_dotnet_timer_count", ExporterFamilyOrigin.Process)]
    [InlineData("prometheus_net_metric_families", ExporterFamilyOrigin.Process)]
    [InlineData("system_runtime_dotnet_gc_pause_time", ExporterFamilyOrigin.GarbageCollector)]
    [InlineData("system_runtime_gen_0_gc_count_total", ExporterFamilyOrigin.GarbageCollector)]
    [InlineData("system_runtime_alloc_total", ExporterFamilyOrigin.GarbageCollector)]
    [InlineData("system_runtime_alloc", ExporterFamilyOrigin.GarbageCollector)]
    public void The_adapters_families_are_recognised_by_name(string family, ExporterFamilyOrigin expected) =>
        Assert.Equal(expected, new PrometheusNetExporter(_registry).OriginOf(family, "Any text."));

    [Theory]
    [InlineData("text/plain;version=0.0.4", false)]
    [InlineData("text/plain;version=0.0.4", true)]
    [InlineData("application/openmetrics-text;version=1.0.0", false)]
    [InlineData("application/openmetrics-text;version=1.0.0", true)]
    public async Task Each_stands_once_behind_the_built_in_families_and_none_is_reported(string accept, bool prometheusNetNames)
    {
        await using var server = await MetricsServer.StartAsync(options =>
        {
            options.Exporters.Add(new PrometheusNetExporter(_registry));
            options.PrometheusNetNames = prometheusNetNames;
        });
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);
        var url = new Uri($"http://127.0.0.1:{server.MetricsPort}/metrics");
        await client.GetStringAsync(url, TestContext.Current.CancellationToken);
        var lines = (await client.GetStringAsync(url, TestContext.Current.CancellationToken)).Split('\n');
        Assert.All(s_dotNetStats, name => Assert.Single(
            lines.Where(line => line.StartsWith(name, StringComparison.Ordinal)).Select(line => line.Split(' ', '{')[0]).Distinct()));
        var types = lines.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).ToList();
        Assert.Equal(types.Distinct(), types);
        Assert.DoesNotContain(lines, line => line.Contains("exporter_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_table_in_the_documentation_is_true()
    {
        var table = MetricsPage.Text[MetricsPage.Text.IndexOf("| prometheus-net by default |", StringComparison.Ordinal)..];
        var rows = Row().Matches(table).Select(match => match.Groups).ToList();
        Assert.Equal(s_dotNetStats.Order(StringComparer.Ordinal), rows.Select(row => row[1].Value).Order(StringComparer.Ordinal));
        var builtIn = await FamiliesAsync(prometheusNetNames: false);
        var added = (await FamiliesAsync(prometheusNetNames: true)).Except(builtIn).ToList();
        Assert.All(rows, row =>
        {
            var (name, other, addition) = (row[1].Value, row[2].Value, row[3].Value);
            Assert.Equal(other == "the same", builtIn.Contains(name));
            Assert.Equal(addition == "the same", added.Contains(name));
            Assert.All(Name().Matches(other), match => Assert.Contains(match.Groups[1].Value, builtIn));
        });
        Assert.Equal(added.Count, rows.Count(row => row[3].Length > 0));

        static async Task<string[]> FamiliesAsync(bool prometheusNetNames)
        {
            await using var server = await MetricsServer.StartAsync(options => options.PrometheusNetNames = prometheusNetNames);
            return [.. (await server.ScrapeAsync()).Split('\n').Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal))
                .Select(line => line.Split(' ')[2])];
        }
    }

    [GeneratedRegex(@"^\| `((?:process|dotnet)_[a-z_]+)(?:\{[^`]*)?` \| ([^|]*?) ?\| ?([^|]*?) ?\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`([a-z_]+)(?:\{[^`]*)?`")]
    private static partial Regex Name();
}
