// Owns: settings whose names contain dots, written with `_`, as in the environment.

using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class DottedNameTests
{
    [Fact]
    public async Task Settings_of_an_instrument_with_dots_can_be_set_from_the_environment()
    {
        var name = TestCollector.NewMeterName();
        var prefix = $"T{Guid.NewGuid():N}_";
        (string Name, string Value)[] variables =
        [
            ("CardinalityLimits__shop_orders_taken", "1"),
            ("Buckets__SHOP_order_size", "1, 2"),
            ("NativeHistograms__shop_order_time__ClassicBuckets", "false"),
            ("Resource__service_name", "shop"),
            ("Resource__team", "blue"),
        ];
        Array.ForEach(variables, variable => Environment.SetEnvironmentVariable($"{prefix}M__{variable.Name}", variable.Value));
        var options = new MetricsOptions { ApplicationMeters = false, Meters = { name } };
        MetricsConfiguration.Apply(
            new ConfigurationBuilder().AddEnvironmentVariables(prefix).Build().GetSection("M"), options);
        Assert.Equal(["service.name", "team"], options.Resource.Keys.Order(StringComparer.Ordinal));

        using var meter = new Meter(name);
        await using var server = await MetricsServer.StartAsync(port =>
        {
            options.Port = port;
            return PrometheusMetrics.Wrap(MetricsServer.Hello, options);
        });
        var orders = meter.CreateCounter<int>("shop.orders.taken");
        orders.Add(1, new KeyValuePair<string, object?>("i", 1));
        orders.Add(1, new KeyValuePair<string, object?>("i", 2));
        meter.CreateHistogram<int>("shop.order.size").Record(2);
        meter.CreateHistogram<int>("shop.order_time").Record(2);
        var text = await server.ScrapeAsync();
        Assert.Contains("shop_orders_taken_total{otel_metric_overflow=\"true\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("shop_order_size_bucket{le=\"2\"} 1\nshop_order_size_bucket{le=\"+Inf\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("shop_order_time_bucket{le=\"+Inf\"} 1\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("shop_order_time_bucket{le=\"5\"}", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_with_underscores_overrides_the_same_name_with_dots()
    {
        var options = new MetricsOptions { CardinalityLimits = { ["a.b.c"] = 1 }, NativeHistograms = { ["n.h"] = new() } };
        Apply(
            options,
            ("CardinalityLimits:A_b_c", "2"), ("Buckets:d.e", "1"), ("Buckets:d_e", "2"), ("NativeHistograms:n_h:MaxBuckets", "7"),
            ("Resource:service.name", "file"), ("Resource:service_name", "environment"));
        Assert.Equal(2, Assert.Single(options.CardinalityLimits).Value);
        Assert.Equal([2], Assert.Single(options.Buckets).Value);
        Assert.Equal(("n.h", 7), (Assert.Single(options.NativeHistograms).Key, options.NativeHistograms["n.h"].MaxBuckets));
        Assert.Equal("environment", Assert.Single(options.Resource).Value);
    }

    [Fact]
    public void A_name_with_dots_is_read_as_it_is()
    {
        var options = new MetricsOptions { CardinalityLimits = { ["a_b.c"] = 1 }, Resource = { ["team_name"] = "red" } };
        Apply(
            options, ("CardinalityLimits:a.b_c", "2"), ("CardinalityLimits:a_b.c", "3"), ("Resource:process.command_line", "x"),
            ("Resource:team_name", "blue"));
        Assert.Equal([("a.b_c", 2), ("a_b.c", 3)], options.CardinalityLimits.Select(limit => (limit.Key, limit.Value)).Order());
        Assert.Equal(
            [("process.command_line", "x"), ("team_name", "blue")],
            options.Resource.Select(attribute => (attribute.Key, attribute.Value)).Order());
    }

    [Fact]
    public void A_name_that_stands_for_several_is_refused()
    {
        var options = new MetricsOptions { CardinalityLimits = { ["a.b_c"] = 1, ["a_b.c"] = 1 } };
        var error = Assert.Throws<ServerStartException>(() => Apply(options, ("CardinalityLimits:a_b_c", "2")));
        Assert.Equal(
            "Cannot start: M:CardinalityLimits:a_b_c stands for each of a.b_c, a_b.c; write the name with its dots.", error.Message);
    }

    private static void Apply(MetricsOptions options, params (string Key, string Value)[] settings) =>
        MetricsConfiguration.Apply(
            Services.Settings([.. settings.Select(setting => ("M:" + setting.Key, setting.Value))]).GetSection("M"), options);
}
