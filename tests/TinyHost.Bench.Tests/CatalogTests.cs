using TinyHost.Bench.Workloads;

namespace TinyHost.Bench.Tests;

public sealed class CatalogTests
{
    [Fact]
    public void No_two_workloads_have_one_name() => Assert.Equal(Catalog.All.Count, Catalog.All.Select(workload => workload.Name).Distinct().Count());

    [Fact]
    public void No_two_rows_of_a_workload_have_one_title() =>
        Assert.All(Catalog.All, workload => Assert.Equal(workload.Servers.Count, workload.Servers.Select(server => server.Title).Distinct().Count()));

    [Fact]
    public void Every_workload_has_the_row_its_ratios_are_taken_by() => Assert.All(Catalog.All, workload => Assert.Contains(workload.Divisor, workload.Servers));

    [Fact]
    public void A_whole_run_takes_no_more_than_25_minutes()
    {
        var settings = new Settings();
        var all = Catalog.All.Sum(workload => workload.Estimate(settings, workload.Servers.Count).TotalMinutes);
        Assert.InRange(all, 1, 25);
    }
}
