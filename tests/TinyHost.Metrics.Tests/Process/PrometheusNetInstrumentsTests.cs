// Owns: tests of the process and runtime families under prometheus-net's names.

using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Processes;

public sealed class PrometheusNetInstrumentsTests
{
    private static readonly string[] s_process =
        ["process_num_threads", "process_open_handles", "process_private_memory_bytes", "process_working_set_bytes"];

    [Fact]
    public void The_setting_adds_the_families_with_their_labels()
    {
        using var test = new TestCollector(configure: options => options.PrometheusNetNames = true);
        var text = TestCollector.Text(test.CollectOwn());
        Assert.All(s_process, name => Assert.True(Value(text, name) > 0));
        Assert.True(Value(text, "dotnet_total_memory_bytes") > 0);
        GC.Collect();
        var collected = TestCollector.Text(test.CollectOwn());
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            var count = Value(collected, $"dotnet_collection_count_total{{generation=\"{generation}\"}}");
            Assert.InRange(count, 1, GC.CollectionCount(generation));
        }

        Assert.Contains("\n# TYPE dotnet_collection_count_total counter\n", text, StringComparison.Ordinal);
        Assert.Contains("\nprocess_resident_memory_bytes ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_the_same_in_every_escaping_scheme()
    {
        using var test = new TestCollector(configure: options => options.PrometheusNetNames = true);
        var text = TestCollector.Text(test.CollectOwn(), TextFormat.Plain(EscapingScheme.Values));
        Assert.All(s_process, name => Assert.Contains($"\n{name} ", text, StringComparison.Ordinal));
    }

    [Fact]
    public void DisableGc_leaves_out_the_collectors()
    {
        using var test = new TestCollector(configure: options => (options.PrometheusNetNames, options.DisableGc) = (true, true));
        var text = TestCollector.Text(test.CollectOwn());
        Assert.All(s_process, name => Assert.Contains($"\n{name} ", text, StringComparison.Ordinal));
        Assert.DoesNotContain("dotnet_", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_setting_there_are_none()
    {
        using var test = new TestCollector();
        var text = TestCollector.Text(test.CollectOwn());
        Assert.All([.. s_process, "dotnet_"], name => Assert.DoesNotContain("\n" + name, text, StringComparison.Ordinal));
    }

    private static double Value(string text, string series) => double.Parse(
        text.Split('\n').Single(line => line.StartsWith(series + " ", StringComparison.Ordinal))[(series.Length + 1)..],
        System.Globalization.CultureInfo.InvariantCulture);
}
