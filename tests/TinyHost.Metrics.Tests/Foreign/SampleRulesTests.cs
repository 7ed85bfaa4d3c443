using System.Text;

namespace TinyHost.Metrics.Tests.Foreign;

public sealed class SampleRulesTests
{
    [Theory]
    [InlineData(null, "x -1")]
    [InlineData("unknown", "x NaN")]
    [InlineData("gauge", "x{le=\"a\",quantile=\"b\"} -Inf")]
    [InlineData("counter", "x_total +Inf")]
    [InlineData("counter", "x_created -1.5")]
    [InlineData("info", "x_info 1.0")]
    [InlineData("stateset", "x{x=\"a\"} 0")]
    [InlineData("stateset", "x{y=\"b\",x=\"\"} 1e0")]
    [InlineData("histogram", "x_bucket{a=\"b\",le=\"-1e-3\"} 1e3")]
    [InlineData("histogram", "x_count 7")]
    [InlineData("histogram", "x_sum 0")]
    [InlineData("histogram", "x_created 1")]
    [InlineData("gaugehistogram", "x_gcount 3")]
    [InlineData("gaugehistogram", "x_gsum -3")]
    [InlineData("summary", "x{quantile=\"0\"} NaN")]
    [InlineData("summary", "x{quantile=\"1.0\"} 2")]
    [InlineData("summary", "x_count 3")]
    [InlineData("summary", "x_sum 1.5")]
    [InlineData("counter", "x_total -1", false)]
    [InlineData("counter", "x_total NaN", false)]
    [InlineData("counter", "x_created NaN", false)]
    [InlineData("counter", "x_created +Inf", false)]
    [InlineData("info", "x_info 2", false)]
    [InlineData("stateset", "x{x=\"a\"} 3", false)]
    [InlineData("stateset", "x{y=\"a\"} 1", false)]
    [InlineData("stateset", "x 1", false)]
    [InlineData("histogram", "x_bucket 1", false)]
    [InlineData("histogram", "x_bucket{le=\"y\"} 1", false)]
    [InlineData("histogram", "x_bucket{le=\"\"} 1", false)]
    [InlineData("histogram", "x_bucket{le=\"1 \"} 1", false)]
    [InlineData("histogram", "x_bucket{le=\"NaN\"} 1", false)]
    [InlineData("histogram", "x_bucket{le=\"Inf\"} 1", false)]
    [InlineData("histogram", "x_bucket{le=\"+Infinity\"} 1", false)]
    [InlineData("histogram", "x_bucket{le=\"1\"} 1.5", false)]
    [InlineData("histogram", "x_bucket{le=\"1\"} -1", false)]
    [InlineData("histogram", "x_bucket{le=\"1\"} +Inf", false)]
    [InlineData("histogram", "x_count 1.5", false)]
    [InlineData("histogram", "x_count{le=\"1\"} 1", false)]
    [InlineData("histogram", "x_sum -1", false)]
    [InlineData("histogram", "x_sum NaN", false)]
    [InlineData("histogram", "x_created NaN", false)]
    [InlineData("gaugehistogram", "x_bucket{le=\"1\"} -1", false)]
    [InlineData("gaugehistogram", "x_gcount -1", false)]
    [InlineData("gaugehistogram", "x_gsum NaN", false)]
    [InlineData("summary", "x 1", false)]
    [InlineData("summary", "x{quantile=\"7\"} 1", false)]
    [InlineData("summary", "x{quantile=\"NaN\"} 1", false)]
    [InlineData("summary", "x{quantile=\"y\"} 1", false)]
    [InlineData("summary", "x{quantile=\"0.5\"} -1", false)]
    [InlineData("summary", "x_count -1", false)]
    [InlineData("summary", "x_sum -1", false)]
    [InlineData("summary", "x_sum{quantile=\"0.5\"} 1", false)]
    public void OpenMetrics_allows_only_samples_of_the_type(string? type, string line, bool allowed = true)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        var grammar = new SampleGrammar(ExporterFormat.OpenMetrics);
        var length = grammar.NameLength(bytes);
        Assert.NotEqual(0, length);
        Assert.Equal(allowed, SampleRules.Allow(grammar, bytes, type, line.AsSpan(1, length - 1)));
    }

    [Theory]
    [InlineData("counter", "x_total 1.5 # {} -1")]
    [InlineData("histogram", "x_bucket{le=\"+Inf\"} 2.0 # {} +Inf")]
    [InlineData("histogram", "x_bucket{le=\"1\"} 0 # {} 1")]
    [InlineData("gaugehistogram", "x_bucket{le=\"0.1\"} 3 # {} 0.1")]
    [InlineData("histogram", "x_bucket{le=\"+Inf\"} 2.0 # {} NaN", false)]
    [InlineData("histogram", "x_bucket{le=\"1\"} 1 # {} 1.5", false)]
    [InlineData("histogram", "x_bucket{le=\"1\"} 1 # {} 1 2 3", false)]
    [InlineData(null, "x 1 # {} 1", false)]
    [InlineData("unknown", "x 1 # {a=\"b\"} 1", false)]
    [InlineData("gauge", "x 1 # {} 1", false)]
    [InlineData("info", "x_info 1 # {} 1", false)]
    [InlineData("stateset", "x{x=\"a\"} 1 # {} 1", false)]
    [InlineData("counter", "x_created 1 # {} 1", false)]
    [InlineData("histogram", "x_count 1 # {} 1", false)]
    [InlineData("histogram", "x_sum 1 # {} 1", false)]
    [InlineData("gaugehistogram", "x_gsum 1 # {} 1", false)]
    [InlineData("summary", "x{quantile=\"0.5\"} 1 # {} 1", false)]
    [InlineData("summary", "x_count 1 # {} 1", false)]
    public void Exemplars_are_allowed_on_counters_and_within_the_bounds_of_buckets(string? type, string line, bool allowed = true)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        var grammar = new SampleGrammar(ExporterFormat.OpenMetrics);
        var suffix = line.AsSpan(1, grammar.NameLength(bytes) - 1);
        Assert.True(SampleRules.Allow(grammar, bytes, type, suffix));
        Assert.Equal(allowed, SampleRules.AllowExemplar(grammar, bytes, suffix));
    }

    [Theory]
    [InlineData("counter", "x -1")]
    [InlineData("gauge", "x { le = \"y\" , _quantile=\"\" }\tNaN")]
    [InlineData("histogram", "x_bucket{le=\"Infinity\"} -1.5")]
    [InlineData("histogram", "x_bucket{quantile=\"y\"} 1")]
    [InlineData("summary", "x{quantile=\"7\"} -1")]
    [InlineData("summary", "x{le=\"y\"} 1")]
    [InlineData(null, "x 1 5", false)]
    [InlineData(null, "x 1 ", false)]
    [InlineData("gauge", "x 1\t", false)]
    [InlineData("gauge", "x{__y=\"1\"} 1", false)]
    [InlineData("histogram", "x_bucket{le=\"y\"} 1", false)]
    [InlineData("histogram", "x_count{le=\"\"} 1", false)]
    [InlineData("summary", "x{quantile=\"y\"} 1", false)]
    public void Pushgateway_and_node_exporter_accept_less_than_scrapers(string? type, string line, bool allowed = true)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        var grammar = new SampleGrammar(ExporterFormat.Text);
        Assert.NotEqual(0, grammar.NameLength(bytes));
        Assert.Equal(allowed, SampleRules.AllowInBatch(grammar, bytes, type));

        // Each sample is checked on its own.
        Assert.NotEqual(0, grammar.NameLength("x 1"u8));
        Assert.True(SampleRules.AllowInBatch(grammar, "x 1"u8, type));
    }
}
