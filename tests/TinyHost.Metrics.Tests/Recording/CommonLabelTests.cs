using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Recording;

public sealed class CommonLabelTests
{
    [Fact]
    public void Labels_of_the_options_are_on_every_series_in_every_format()
    {
        using var test = new TestCollector(limit: 1, configure: options =>
        {
            options.Labels["env"] = "prod \"1\"";
            options.Labels["data.center"] = "eu";
            options.Resource["service.name"] = "shop";
            options.CreatedSamples = true;
            options.View = _ => new MetricView { Tags = ["a"] };
        });
        Zoo.Fill(test.Meter);
        var counter = test.Meter.CreateCounter<int>("many");
        counter.Add(1, new KeyValuePair<string, object?>("a", 1));
        counter.Add(1, new KeyValuePair<string, object?>("a", 2));
        MetricFamily[] families = [.. test.CollectOwn(), .. test.Collect()];
        Assert.Contains(families, family => family.Type == FamilyType.Info);
        foreach (var openMetrics in (bool[])[false, true])
        {
            var format = openMetrics ? TextFormat.OpenMetrics(EscapingScheme.Underscores) : TextFormat.Instance;
            string[] samples =
            [
                .. TestCollector.Text(families, format).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#'),
            ];
            Assert.True(samples.Length > 20);
            Assert.All(samples, sample =>
            {
                Assert.Contains("data_center=\"eu\"", sample, StringComparison.Ordinal);
                Assert.Contains("env=\"prod \\\"1\\\"\"", sample, StringComparison.Ordinal);
            });
        }

        Assert.Contains(
            "\"data.center\"=\"eu\"",
            TestCollector.Text(families, TextFormat.Plain(EscapingScheme.AllowUtf8)),
            StringComparison.Ordinal);
        Assert.All(TestCollector.Protobuf(families).SelectMany(family => family.All("metric")), metric => Assert.Contains(
            ("env", "prod \"1\""), metric.All("label").Select(label => (label.Get<string>("name"), label.Get<string>("value")))));
    }

    [Fact]
    public void A_series_keeps_its_own_label_of_that_name()
    {
        using var test = new TestCollector(configure: options => options.Labels["http.route"] = "none");
        var counter = test.Meter.CreateCounter<int>("c");
        counter.Add(1, new KeyValuePair<string, object?>("http_route", "/"));
        counter.Add(2);
        Assert.Equal(["c_total{http_route=\"/\"} 1", "c_total{http_route=\"none\"} 2"], test.Samples());
    }
}
