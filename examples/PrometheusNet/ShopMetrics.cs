// Owns: the metrics of this service, recorded with prometheus-net.

using Prometheus;

namespace PrometheusNet;

internal static class ShopMetrics
{
    internal static readonly Counter Orders =
        Metrics.CreateCounter("shop_orders_total", "Orders done, by currency.", "currency");

    internal static readonly Gauge InProgress =
        Metrics.CreateGauge("shop_orders_in_progress", "Orders being worked on.");

    internal static readonly Histogram Duration = Metrics.CreateHistogram(
        "shop_order_duration_seconds",
        "Time an order takes, by currency.",
        ["currency"],
        new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(start: 0.0001, factor: 10, count: 5) });

    internal static readonly Summary Items = Metrics.CreateSummary(
        "shop_order_items",
        "Items of an order.",
        new SummaryConfiguration { Objectives = [new QuantileEpsilonPair(0.5, 0.05), new QuantileEpsilonPair(0.9, 0.01)] });

    private static readonly Gauge s_queueLength = Metrics.CreateGauge("shop_orders_waiting", "Orders in the queue.");

    /// <summary>Reads the length of the queue before each scrape.</summary>
    internal static void ReportQueueLength(Func<int> length) =>
        Metrics.DefaultRegistry.AddBeforeCollectCallback(() => s_queueLength.Set(length()));
}
