using TinyHost.Bench.Measuring;
using TinyHost.Bench.Reporting;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;
using TinyHost.Bench.Workloads;

namespace TinyHost.Bench.Tests.Reporting;

public sealed class GrowthTableTests
{
    private readonly Results _results = new();

    [Fact]
    public void A_family_shows_the_cost_of_each_size_and_how_it_grows()
    {
        _results.Add("small", ServerRows.TinyHost.Title, Measure.Processor, 0, 2);
        _results.Add("large", ServerRows.TinyHost.Title, Measure.Processor, 0, 5);
        _results.Add("small", ServerRows.Kestrel.Title, Measure.Processor, 0, 4);
        var lines = GrowthTable.Write([Of("small", "1 KiB"), Of("large", "8 KiB")], _results).Split('\n');
        Assert.Equal("| `sizes`: CPU µs/request | 1 KiB | 8 KiB | last ÷ first |", lines[0].TrimEnd());
        Assert.Equal("| TinyHost | 2.00 | 5.00 | 2.50 |", lines[2].TrimEnd());
        Assert.Equal("| Kestrel | 4.00 | – | – |", lines[3].TrimEnd());
    }

    [Fact]
    public void A_single_size_and_workloads_without_one_have_no_table() =>
        Assert.Equal("", GrowthTable.Write([Of("small", "1 KiB"), Of("other", null)], _results));

    private static LoadWorkload Of(string name, string? size) => new(new WrkLoad("/"), new Probe(HttpMethod.Get, "/"))
    {
        Name = name,
        Family = "sizes",
        Title = name,
        Size = size,
        Servers = [ServerRows.TinyHost, ServerRows.Kestrel],
        Divisor = ServerRows.Kestrel,
        Measures = [Measure.Rate, Measure.Processor],
    };
}
