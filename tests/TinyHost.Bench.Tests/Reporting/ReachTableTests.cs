using TinyHost.Bench.Reporting;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;
using TinyHost.Bench.Workloads;

namespace TinyHost.Bench.Tests.Reporting;

public sealed class ReachTableTests
{
    private readonly Results _results = new();

    [Fact]
    public void A_target_is_met_or_not_by_the_median()
    {
        _results.Add("pipelined", ServerRows.Kestrel.Title, Measure.Processor, 0, 2);
        _results.Add("pipelined", ServerRows.TinyHost.Title, Measure.Processor, 0, 1.5);
        _results.Add("pipelined", ServerRows.TinyHostInline.Title, Measure.Processor, 0, 1.02);
        var table = ReachTable.Write(_results);
        Assert.Contains("| pipelined 16: CPU per request ÷ Kestrel | default | ≤ 0.75 | 0.75 (0.75–0.75) | met |", table, StringComparison.Ordinal);
        Assert.Contains("| pipelined 16: CPU per request ÷ Kestrel | inline | ≤ 0.50 | 0.51 (0.51–0.51) | **not met** |", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_measurements_there_is_no_table() => Assert.Equal("", ReachTable.Write(_results));

    [Fact]
    public void Every_target_is_of_a_workload_that_measures_both_rows_in_that_measure()
    {
        foreach (var reach in Reaches.All)
        {
            var workload = Assert.Single(Catalog.All, workload => workload.Name == reach.Workload);
            Assert.Contains(reach.Measure, workload.Measures);
            Assert.Contains(reach.Row, workload.Servers);
            Assert.True(reach.Divisor is null || workload.Servers.Contains(reach.Divisor), reach.What);
        }
    }
}
