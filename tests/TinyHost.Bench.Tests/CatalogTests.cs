using TinyHost.Bench.Workloads;

namespace TinyHost.Bench.Tests;

public sealed class CatalogTests
{
    [Fact]
    public void Workload_names_are_unique() =>
        Assert.Equal(Catalog.All.Count, Catalog.All.Select(workload => workload.Name).Distinct().Count());

    [Fact]
    public void Row_titles_are_unique_within_a_workload() =>
        Assert.All(
            Catalog.All,
            workload => Assert.Equal(workload.Servers.Count, workload.Servers.Select(server => server.Title).Distinct().Count()));

    [Fact]
    public void Every_workload_contains_the_row_it_divides_by() =>
        Assert.All(Catalog.All, workload => Assert.Contains(workload.Divisor, workload.Servers));

    [Fact]
    public void A_full_run_takes_at_most_40_minutes()
    {
        var settings = new Settings();
        var all = Catalog.All.Sum(workload => workload.Estimate(settings, workload.Servers.Count).TotalMinutes);
        Assert.InRange(all, 1, 40);
    }
}
