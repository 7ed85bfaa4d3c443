using System.Globalization;
using System.Xml.Linq;
using TinyHost.Bench.Reporting;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Tests.Reporting;

public sealed class BarChartTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Bars_are_proportional_to_medians_and_labels_are_escaped()
    {
        var chart = XDocument.Parse(BarChart.Draw(
            "A & B",
            Measure.Rate,
            [new Bar("<ours>", new Spread(200, 100, 400), IsOurs: true), new Bar("peer", new Spread(100, 90, 110), IsOurs: false)]));
        var bars = chart.Descendants(s_svg + "rect").ToArray();
        Assert.Equal(["ours", "peer"], bars.Select(bar => (string)bar.Attribute("class")!));
        Assert.Equal(Width(bars[0]), 2 * Width(bars[1]), tolerance: 0.2);
        Assert.Contains(chart.Descendants(s_svg + "text"), text => text.Value == "<ours>");
        Assert.Contains(chart.Descendants(s_svg + "text"), text => text.Value == "A & B: requests/s (higher is better)");
    }

    [Fact]
    public void Bars_have_no_length_if_all_values_are_zero()
    {
        var chart = XDocument.Parse(BarChart.Draw("Bytes", Measure.AllocatedGet, [new Bar("ours", new Spread(0, 0, 0), IsOurs: true)]));
        Assert.Equal(0, Width(Assert.Single(chart.Descendants(s_svg + "rect"))));
    }

    private static double Width(XElement bar) => double.Parse(bar.Attribute("width")!.Value, CultureInfo.InvariantCulture);
}
