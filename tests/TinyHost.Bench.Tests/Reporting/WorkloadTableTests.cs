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
    public void A_row_has_median_spread_ratio_and_settings()
    {
        Add(ServerRows.TinyHost, Measure.Rate, 110, 120);
        Add(ServerRows.TinyHost, Measure.Processor, 9.5, 10.5);
        Add(ServerRows.Kestrel, Measure.Rate, 100, 100);
        var lines = WorkloadTable.Write(_workload, _results).Split('\n');
        Assert.Equal("| server | requests/s | least–greatest | ÷ Kestrel | CPU µs/request | settings |", lines[0].TrimEnd());
        Assert.Equal("| **TinyHost** | 115 | 110–120 | 1.15 (1.10–1.20) | 10.00 | " + ServerRows.TinyHost.Settings + " |", lines[2].TrimEnd());
        Assert.Equal("| Kestrel | 100 | 100–100 | 1 | – | " + ServerRows.Kestrel.Settings + " |", lines[3].TrimEnd());
    }

    [Fact]
    public void A_peer_that_is_ahead_of_every_row_is_named_with_its_ratio_to_the_best_of_them()
    {
        Add(ServerRows.TinyHost, Measure.Rate, 100);
        Add(ServerRows.TinyHostInline, Measure.Rate, 150);
        Add(ServerRows.Kestrel, Measure.Rate, 120);
        Add(ServerRows.Nginx, Measure.Rate, 180);
        Assert.Equal("Ahead of every row of TinyHost: nginx in requests/s (1.20 × TinyHost, inline).", WorkloadTable.Ahead(_workload, _results));
    }

    [Fact]
    public void A_mark_is_not_called_ahead()
    {
        Add(ServerRows.TinyHost, Measure.Rate, 100);
        Add(ServerRows.BareLoop, Measure.Rate, 200);
        Assert.Equal("No peer is ahead of TinyHost's best row in any column.", WorkloadTable.Ahead(_workload, _results));
    }

    [Fact]
    public void Less_is_better_where_it_is_a_cost()
    {
        Add(ServerRows.TinyHost, Measure.Processor, 10);
        Add(ServerRows.Kestrel, Measure.Processor, 8);
        Add(ServerRows.Nginx, Measure.Processor, 12);
        Assert.Equal("Ahead of every row of TinyHost: Kestrel in CPU µs/request (0.80 × TinyHost).", WorkloadTable.Ahead(_workload, _results));
    }

    [Fact]
    public void That_no_peer_is_ahead_is_said_too()
    {
        Add(ServerRows.TinyHost, Measure.Rate, 100);
        Add(ServerRows.Kestrel, Measure.Rate, 100.5);
        Assert.Equal("No peer is ahead of TinyHost's best row in any column.", WorkloadTable.Ahead(_workload, _results));
    }

    private void Add(Server server, Measure measure, params double[] rounds)
    {
        for (var round = 0; round < rounds.Length; round++)
        {
            _results.Add("load", server.Title, measure, round, rounds[round]);
        }
    }
}
