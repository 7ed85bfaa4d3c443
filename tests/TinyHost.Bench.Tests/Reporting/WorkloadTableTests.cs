using TinyHost.Bench.Measuring;
using TinyHost.Bench.Reporting;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;
using TinyHost.Bench.Workloads;

namespace TinyHost.Bench.Tests.Reporting;

public sealed class WorkloadTableTests
{
    private readonly Results _results = new();

    private readonly LoadWorkload _workload = new(new WrkLoad("/"), new Probe(HttpMethod.Get, "/"))
    {
        Name = "load",
        Title = "Load",
        Servers = [ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Kestrel, ServerRows.BareLoop, ServerRows.Nginx],
        Divisor = ServerRows.Kestrel,
        Measures = [Measure.Rate, Measure.Processor],
    };

    [Fact]
    public void A_row_shows_median_range_ratio_and_settings()
    {
        Add(ServerRows.TinyHost, Measure.Rate, 110, 120);
        Add(ServerRows.TinyHost, Measure.Processor, 9.5, 10.5);
        Add(ServerRows.Kestrel, Measure.Rate, 100, 100);
        var lines = WorkloadTable.Write(_workload, _results).Split('\n');
        Assert.Equal("| server | requests/s | min–max | ÷ Kestrel | CPU µs/request | settings |", lines[0].TrimEnd());
        Assert.Equal($"| **TinyHost** | 115 | 110–120 | 1.15 (1.10–1.20) | 10.00 | {ServerRows.TinyHost.Settings} |", lines[2].TrimEnd());
        Assert.Equal($"| Kestrel | 100 | 100–100 | 1 | – | {ServerRows.Kestrel.Settings} |", lines[3].TrimEnd());
    }

    [Fact]
    public void A_peer_better_than_every_TinyHost_row_is_listed_with_its_ratio_to_the_best()
    {
        Add(ServerRows.TinyHost, Measure.Rate, 100);
        Add(ServerRows.TinyHostInline, Measure.Rate, 150);
        Add(ServerRows.Kestrel, Measure.Rate, 120);
        Add(ServerRows.Nginx, Measure.Rate, 180);
        Assert.Equal(
            "Better than every TinyHost row: nginx in requests/s (1.20 × TinyHost, inline).",
            WorkloadTable.BetterPeers(_workload, _results));
    }

    [Fact]
    public void Reference_rows_are_not_listed_as_better()
    {
        Add(ServerRows.TinyHost, Measure.Rate, 100);
        Add(ServerRows.BareLoop, Measure.Rate, 200);
        Assert.Equal("No peer beats the best TinyHost row in any column.", WorkloadTable.BetterPeers(_workload, _results));
    }

    [Fact]
    public void Lower_values_are_better_for_costs()
    {
        Add(ServerRows.TinyHost, Measure.Processor, 10);
        Add(ServerRows.Kestrel, Measure.Processor, 8);
        Add(ServerRows.Nginx, Measure.Processor, 12);
        Assert.Equal(
            "Better than every TinyHost row: Kestrel in CPU µs/request (0.80 × TinyHost).",
            WorkloadTable.BetterPeers(_workload, _results));
    }

    [Fact]
    public void Report_says_if_no_peer_is_better()
    {
        Add(ServerRows.TinyHost, Measure.Rate, 100);
        Add(ServerRows.Kestrel, Measure.Rate, 100.5);
        Assert.Equal("No peer beats the best TinyHost row in any column.", WorkloadTable.BetterPeers(_workload, _results));
    }

    private void Add(Server server, Measure measure, params double[] rounds)
    {
        for (var round = 0; round < rounds.Length; round++)
        {
            _results.Add("load", server.Title, measure, round, rounds[round]);
        }
    }
}
