// Owns: which families the dashboard reads, and the charts made from each.

namespace TinyHost.Metrics;

/// <summary>A family that the dashboard reads, and its columns. All are recorded as they happen: none has callbacks.</summary>
internal sealed class FamilyColumns
{
    private const int MaxRoutes = 24;
    private const int MaxMethods = 16;
    private const int MaxReasons = 16;

    private readonly FamilyReader _reader;
    private readonly BucketColumns? _buckets;

    private FamilyColumns(FamilyReader reader, BucketColumns? buckets = null) => (_reader, _buckets) = (reader, buckets);

    internal MetricFamily Family => _reader.Family;

    /// <summary>The columns of a family; null for a family without a place on the page.</summary>
    /// <param name="family">The family.</param>
    /// <param name="history">Where the columns are.</param>
    /// <param name="budget">How many series may be read.</param>
    internal static FamilyColumns? For(MetricFamily family, History history, SeriesBudget budget)
    {
        var name = family.Name;
        return family.Definition.Instrument switch
        {
            "http.server.request.duration" when IsHistogram(family) => OfRequests(),
            "rpc.server.call.duration" when IsHistogram(family) => OfCalls(),
            "tinyhost.requests.rejected" when IsCounter(family) => Of(Rates(
                new(60, "rejected", "Requests refused", "/s", $"sum by (reason) (rate({name}[5m]))"), MaxReasons, Reason)),
            "tinyhost.connection.duration" when IsHistogram(family) => Of(Rates(
                new(61, "closed", "Connections closed, by reason", "/s", $"sum by (reason) (rate({name}_count[5m]))"),
                MaxReasons, Reason)),
            "tinyhost.connections.rejected" when IsCounter(family) => Of(Rates(
                new(62, "refused", "Connections refused, by reason", "/s", $"sum by (reason) (rate({name}[5m]))"), MaxReasons, Reason)),
            "tinyhost.threadpool.queue_delay" when IsHistogram(family) => Of(Means(
                new(130, "delay", "Wait for a pool thread", "s", $"rate({name}_sum[5m]) / rate({name}_count[5m])"), _ => "mean")),
            "tinyhost.metrics.scrape.duration" when IsHistogram(family) => Of(Means(
                new(140, "scrapes", "Scrapes", "s", $"rate({name}_sum[5m]) / rate({name}_count[5m])"),
                labels => Value(labels, "error.type") is { } error ? $"failed: {error}" : "succeeded")),
            _ => null,
        };

        FamilyColumns OfRequests()
        {
            var requests = new Chart(
                10, "requests", "Requests, by route and status", "/s",
                $"sum by (http_route, http_response_status_code) (rate({name}_count[5m]))");
            var errors = new Chart(
                40, "errors", "Errors", "/s",
                $"sum by (http_response_status_code) (rate({name}_count{{http_response_status_code=~\"[45]..\"}}[5m]))");
            var reader = new FamilyReader(
                family, [Rates(requests, MaxRoutes, Request), Rates(errors, MaxReasons, Error)], budget);
            var (latency, heat) = (
                new Chart(20, "latency", "Latency of requests", "s", Quantile(name)),
                new Chart(30, Chart.HeatId, "Latency of requests, heat map", "s", $"sum by (le) (increase({name}_bucket[1m]))"));
            return new FamilyColumns(reader, new BucketColumns(history, reader, latency, heat));
        }

        FamilyColumns OfCalls()
        {
            var calls = new Chart(
                70, "rpc", "RPC calls, by method", "/s", $"sum by (rpc_method, rpc_status_code) (rate({name}_count[5m]))");
            var reader = new FamilyReader(family, [Rates(calls, MaxMethods, Call)], budget);
            return new FamilyColumns(reader, new BucketColumns(
                history, reader, new Chart(71, "rpc_latency", "Latency of RPC calls", "s", Quantile(name)), heat: null));
        }

        FamilyColumns Of(Breakdown breakdown) => new(new FamilyReader(family, [breakdown], budget));

        Breakdown Rates(Chart chart, int max, Func<LabelSet, string?> nameOf) => new(history, chart, max, ofMean: false, nameOf);

        Breakdown Means(Chart chart, Func<LabelSet, string?> nameOf) => new(history, chart, MaxReasons, ofMean: true, nameOf);
    }

    /// <summary>Reads the family and writes the figures of a second that took so long.</summary>
    internal void Write(double seconds)
    {
        _reader.Read(seconds);
        _buckets?.Write();
    }

    /// <summary>The family has left.</summary>
    internal void Leave() => _reader.Leave();

    private static bool IsHistogram(MetricFamily family) => family.Type == FamilyType.Histogram;

    private static bool IsCounter(MetricFamily family) => family.Definition.Kind == InstrumentKind.Counter;

    private static string Quantile(string name) => $"histogram_quantile(0.99, sum by (le) (rate({name}_bucket[5m])))";

    // A view may have dropped some of the tags, and the series of measurements above the limit has none of them.
    private static string Request(LabelSet labels)
    {
        var (method, route) = (Value(labels, "http.request.method"), Value(labels, "http.route"));
        var outcome = Value(labels, "http.response.status_code") ?? Value(labels, "error.type");
        return method is null && route is null && outcome is null
            ? Breakdown.Others
            : string.Join(' ', new[] { method, route ?? "(no route)", outcome }.Where(part => part is not null));
    }

    // A response that broke off has a status too, but an error all the same.
    private static string? Error(LabelSet labels)
    {
        var status = Value(labels, "http.response.status_code");
        return status is ['4' or '5', _, _] ? status : Value(labels, "error.type");
    }

    private static string Call(LabelSet labels) =>
        Value(labels, "rpc.status_code") is { } status
            ? $"{Value(labels, "rpc.method")} ({status})"
            : Value(labels, "rpc.method") ?? "(no method)";

    private static string Reason(LabelSet labels) => Value(labels, "reason") ?? "(no reason)";

    private static string? Value(LabelSet labels, string tag)
    {
        foreach (var (name, value) in labels.Tags)
        {
            if (name == tag)
            {
                return value;
            }
        }

        return null;
    }
}
