using TinyHost.Bench.Reporting;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;
using TinyHost.Bench.Workloads;

namespace TinyHost.Bench.Tests.Reporting;

public sealed class TargetTableTests
{
    private readonly Results _results = new();

    [Fact]
    public void The_median_decides_whether_a_target_is_met()
    {
        _results.Add("pipelined", ServerRows.Kestrel.Title, Measure.Processor, 0, 2);
        _results.Add("pipelined", ServerRows.TinyHost.Title, Measure.Processor, 0, 1.5);
        _results.Add("pipelined", ServerRows.TinyHostInline.Title, Measure.Processor, 0, 1.02);
        var table = TargetTable.Write(_results);
        const string Title = "| pipelined 16 deep, CPU per request ÷ Kestrel |";
        Assert.Contains(Title + " default | ≤ 0.75 | 0.75 (0.75–0.75) | met |", table, StringComparison.Ordinal);
        Assert.Contains(Title + " inline | ≤ 0.50 | 0.51 (0.51–0.51) | **not met** |", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_is_empty_without_measurements() => Assert.Equal("", TargetTable.Write(_results));

    [Fact]
    public void Every_target_names_a_workload_with_its_measure_and_both_rows()
    {
        foreach (var target in Targets.All)
        {
            var workload = Assert.Single(Catalog.All, workload => workload.Name == target.Workload);
            Assert.Contains(target.Measure, workload.Measures);
            Assert.Contains(target.Row, workload.Servers);
            Assert.True(target.Divisor is null || workload.Servers.Contains(target.Divisor), target.Title);
        }
    }
}
