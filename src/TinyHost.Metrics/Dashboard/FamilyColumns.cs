// Owns: which families the dashboard reads, and the charts made from each.

namespace TinyHost.Metrics;

/// <summary>
/// The columns of a family. All of its readers, of this process and of workers, add to them; then they are written once a second.
/// </summary>
internal sealed class FamilyColumns
{
    private const int MaxRoutes = 24;
    private const int MaxMethods = 16;
    private const int MaxReasons = 16;

    private readonly Breakdown[] _breakdowns;
    private readonly BucketColumns? _buckets;
    private bool _isRead;
    private bool _isGap;

    /// <param name="breakdowns">What its series are added up by.</param>
    /// <param name="boundaries">The bounds of the buckets that are counted.</param>
    /// <param name="isNative">Whether these are for native buckets.</param>
    /// <param name="buckets">The columns made from the buckets; null for none.</param>
    internal FamilyColumns(Breakdown[] breakdowns, double[] boundaries, bool isNative = false, BucketColumns? buckets = null) =>
        (_breakdowns, Boundaries, IsNative, _buckets) = (breakdowns, boundaries, isNative, buckets);

    internal IReadOnlyList<Breakdown> Breakdowns => _breakdowns;

    internal double[] Boundaries { get; }

    internal bool IsNative { get; }

    /// <summary>The columns of a family; null for a family without a place on the page.</summary>
    /// <param name="instrument">The name of its instrument.</param>
    /// <param name="family">The family.</param>
    /// <param name="history">Where the columns are.</param>
    internal static FamilyColumns? For(string instrument, SharedFamily family, History history)
    {
        var isHistogram = family.Kind == InstrumentKind.Histogram;
        var isCounter = family.Kind == InstrumentKind.Counter;
        var queries = new ChartQueries(family);
        var boundaries = queries.IsNative ? BucketTotals.NativeBoundaries : family.Boundaries;
        var note = isHistogram && boundaries.Length == 0 ? "The histogram has no buckets, so its quantiles are unknown." : "";
        return instrument switch
        {
            "http.server.request.duration" when isHistogram => OfRequests(),
            "rpc.server.call.duration" when isHistogram => OfCalls(),
            "tinyhost.requests.rejected" when isCounter => Of(Rates(
                new(60, "rejected", "Requests refused", "/s", queries.Counter("reason")), MaxReasons, Reason)),
            "tinyhost.connection.duration" when isHistogram => Of(Rates(
                new(61, "closed", "Connections closed, by reason", "/s", queries.Rate("reason")), MaxReasons, Reason)),
            "tinyhost.connections.rejected" when isCounter => Of(Rates(
                new(62, "refused", "Connections refused, by reason", "/s", queries.Counter("reason")), MaxReasons, Reason)),
            "tinyhost.threadpool.queue_delay" when isHistogram => Of(Means(
                new(130, "delay", "Wait for a pool thread", "s", queries.Mean), _ => "mean")),
            "tinyhost.metrics.scrape.duration" when isHistogram => Of(Means(
                new(140, "scrapes", "Scrapes", "s", queries.Mean),
                labels => Value(labels, "error.type") is { } error ? $"failed: {error}" : "succeeded")),
            _ => null,
        };

        FamilyColumns OfRequests() => new(
            [
                Rates(
                    new(10, "requests", "Requests, by route and status", "/s", queries.Rate("http_route, http_response_status_code")),
                    MaxRoutes, Request),
                Rates(
                    new(40, "errors", "Errors", "/s", queries.Rate("http_response_status_code", "http_response_status_code=~\"[45]..\"")),
                    MaxReasons, Error),
            ],
            boundaries,
            queries.IsNative,
            new BucketColumns(
                history,
                boundaries,
                new Chart(20, "latency", "Latency of requests", "s", queries.Quantile) { Note = note },
                new Chart(30, Chart.HeatId, "Latency of requests, heat map", "s", queries.Buckets)));

        FamilyColumns OfCalls() => new(
            [Rates(new(70, "rpc", "RPC calls, by method", "/s", queries.Rate("rpc_method, rpc_status_code")), MaxMethods, Call)],
            boundaries,
            queries.IsNative,
            new BucketColumns(
                history,
                boundaries,
                new Chart(71, "rpc_latency", "Latency of RPC calls", "s", queries.Quantile) { Note = note },
                heat: null));

        FamilyColumns Of(Breakdown breakdown) => new([breakdown], []);

        Breakdown Rates(Chart chart, int max, Func<LabelSet, string?> nameOf) => new(history, chart, max, ofMean: false, nameOf);

        Breakdown Means(Chart chart, Func<LabelSet, string?> nameOf) => new(history, chart, MaxReasons, ofMean: true, nameOf);
    }

    /// <summary>
    /// The instrument of a worker's family that this process does not have, by the name that the instrument has without a view.
    /// </summary>
    internal static string InstrumentOf(SharedFamily family)
    {
        var name = family.UnescapedName;
        return MetricName.WithoutSuffix(name, "_seconds") ?? MetricName.WithoutSuffix(name, "_total") ?? name;
    }

    /// <summary>Takes what the buckets of one reader counted; its series have added to the breakdowns.</summary>
    internal void Take(bool isKnown, ReadOnlySpan<long> increments)
    {
        _isRead = true;
        _buckets?.Add(isKnown, increments);
    }

    /// <summary>A reader failed: this second is a gap.</summary>
    internal void Fail() => _isGap = true;

    /// <summary>Writes the figures of a second that took so long. They stay gaps if nobody read the family.</summary>
    internal void Write(double seconds)
    {
        var isGap = _isGap || !_isRead;
        foreach (var breakdown in _breakdowns)
        {
            breakdown.Write(seconds, isGap);
        }

        _buckets?.Write(isGap);
        (_isRead, _isGap) = (false, false);
    }

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
