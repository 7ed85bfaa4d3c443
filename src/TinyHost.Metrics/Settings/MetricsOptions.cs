// Owns: the settings of a metrics stage, their defaults and their validation.
// Does not own: reading them from configuration (MetricsConfiguration).

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

/// <summary>
/// Settings of the metrics stage. Where there is a configuration, settings under <c>TinyHost:Metrics</c> (<c>TinyHost:name:Metrics</c>
/// for a server with a name) of the properties' names override what the code says: all but <see cref="View"/>, <see cref="Exporters"/>
/// and <see cref="ExportersAlone"/>.
/// </summary>
public sealed class MetricsOptions
{
    /// <summary>
    /// The port whose requests are all the metrics stage's, 1–65535: <c>/</c> and <c>/metrics</c> answer with the exposition, everything
    /// else with 404. The server must listen on it. Null, the default, means 9100, or the single-port form when <see cref="Path"/> is
    /// set.
    /// </summary>
    public int? Port { get; set; }

    /// <summary>
    /// The path of the exposition; begins with <c>/</c>. With a <see cref="Port"/> it replaces <c>/metrics</c> there. Without one, requests
    /// for exactly this path are answered with the exposition on every port, and all others go to the app. Null by default.
    /// </summary>
    public string? Path { get; set; }

    /// <summary>
    /// Leaves out the series of the garbage collector: those of meter <c>System.Runtime</c> named <c>dotnet.gc.*</c>. Default false.
    /// </summary>
    public bool DisableGc { get; set; }

    /// <summary>
    /// Takes every meter the application and its libraries have, TinyHost's with them: all whose name begins with neither <c>System.</c>
    /// nor <c>Microsoft.</c>. Default true.
    /// </summary>
    public bool ApplicationMeters { get; set; } = true;

    /// <summary>
    /// Names of meters to take besides those; a trailing <c>*</c> stands for any ending. By default <c>System.Runtime</c>; add
    /// <c>System.Net.Http</c> for the client side of HTTP, for example. Names compare without regard to case. The setting is an array, or
    /// one text with semicolons, and goes in place of the whole list.
    /// </summary>
    public IList<string> Meters { get; } = [RuntimeMeter.Name];

    /// <summary>
    /// How many series an instrument may have. Measurements with further tag sets are added up in one series labelled
    /// <c>otel_metric_overflow="true"</c>. Default 2,000, as in OpenTelemetry; 1 at the least.
    /// </summary>
    public int CardinalityLimit { get; set; } = 2_000;

    /// <summary>
    /// Attributes of the resource the metrics are of, such as <c>service.name</c> and <c>service.version</c>: the labels of
    /// <c>target_info</c>, which is exposed when there are any. None by default.
    /// </summary>
    public IDictionary<string, string> Resource { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Keeps, for each counter and each bucket of a histogram, the last measurement made within a recorded span
    /// (<see cref="System.Diagnostics.Activity.Current"/>) as its exemplar, which OpenMetrics and protobuf expose with <c>trace_id</c>
    /// and <c>span_id</c>. Default true.
    /// </summary>
    public bool Exemplars { get; set; } = true;

    /// <summary>
    /// Exposes, in OpenMetrics (<c>_created</c>) and protobuf, when each series of a Counter or Histogram was created. Default false.
    /// </summary>
    public bool CreatedSamples { get; set; }

    /// <summary>
    /// Gives every series labels that tell of its meter: <c>otel_scope_name</c>, <c>otel_scope_version</c>, <c>otel_scope_schema_url</c>,
    /// and <c>otel_scope_</c> before the names of the meter's tags, which are labels as they are otherwise. Default false.
    /// </summary>
    public bool ScopeLabels { get; set; }

    /// <summary>
    /// Spells names with underscores (<c>http_server_request_duration_seconds</c>) for scrapers, too, that take them as they are
    /// (<c>http.server.request.duration_seconds</c>): Prometheus 3 asks for that unless its <c>metric_name_validation_scheme</c> is
    /// <c>legacy</c>. Default true: an upgrade of Prometheus must not rename the series that rules and dashboards use.
    /// </summary>
    public bool UnderscoreNames { get; set; } = true;

    /// <summary>
    /// How long a collection serves the scrapes that come after it. Default zero: each scrape that finds none under way has one of its own.
    /// Values that are recorded, unlike those observed, are always those of the moment they are written.
    /// </summary>
    public TimeSpan CacheLifetime { get; set; }

    /// <summary>
    /// How many expositions may be written at a time; further scrapes get a 503, unless one can make room whose scraper has not taken a
    /// piece of 32 KiB for five seconds: its connection is cut off. Default 40, as in Prometheus' exporters; 1 at the least.
    /// </summary>
    public int MaxScrapesInFlight { get; set; } = 40;

    /// <summary>
    /// How long the callback of an observable, or an exporter, may take before the scrape goes on without its family, which is left out
    /// until the callback returns. The same for all scrapers, so it should be less than the shortest timeout of any. Default 2 s.
    /// </summary>
    public TimeSpan CallbackTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Answers with 503 instead of leaving out families whose callbacks fail or do not return, and what is invalid of exporters or
    /// missing of them for the same reasons. <c>BatchMetrics</c> throws <see cref="InvalidOperationException"/> then. Default false.
    /// </summary>
    public bool FailOnError { get; set; }

    /// <summary>
    /// Upper bounds of histograms' buckets by the name of the instrument, in its unit. They go before the bounds the instrument advises
    /// and those of a view. The settings <c>TinyHost:Metrics:Buckets:&lt;instrument&gt;</c>, a list such as <c>0.1, 0.5, 1</c>, go before
    /// these.
    /// </summary>
    public IDictionary<string, double[]> Buckets { get; } = new Dictionary<string, double[]>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Limits of series by the name of the instrument; others have <see cref="CardinalityLimit"/>. The settings
    /// <c>TinyHost:Metrics:CardinalityLimits:&lt;instrument&gt;</c> go before these.
    /// </summary>
    public IDictionary<string, int> CardinalityLimits { get; } = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Histograms that are native ones, by the name of the instrument; a trailing <c>*</c> stands for any ending, and the longest name
    /// that fits counts. None by default. The settings <c>TinyHost:Metrics:NativeHistograms:&lt;instrument&gt;</c> go before these.
    /// </summary>
    public IDictionary<string, NativeHistogramOptions> NativeHistograms { get; } =
        new Dictionary<string, NativeHistogramOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Asked once for each instrument: how it is to be exposed where that is not as it says itself; null for as it says. Null by default.
    /// An exception is logged, and the instrument exposed as it is.
    /// </summary>
    public Func<Instrument, MetricView?>? View { get; set; }

    /// <summary>
    /// Exporters of metrics that other libraries hold, served behind the built-in exposition in this order. A family of theirs whose name
    /// an earlier part has taken is left out and reported. Scrapers get only formats all exporters can write. None by default.
    /// </summary>
    public IList<IMetricsExporter> Exporters { get; } = [];

    /// <summary>
    /// Serves the <see cref="Exporters"/> alone: no instrument is listened to, and no process or scrape series are exposed. Default
    /// false.
    /// </summary>
    public bool ExportersAlone { get; set; }

    internal MetricsOptions Copy()
    {
        var copy = new MetricsOptions
        {
            Port = Port,
            Path = Path,
            DisableGc = DisableGc,
            ApplicationMeters = ApplicationMeters,
            CardinalityLimit = CardinalityLimit,
            Exemplars = Exemplars,
            CreatedSamples = CreatedSamples,
            ScopeLabels = ScopeLabels,
            UnderscoreNames = UnderscoreNames,
            CacheLifetime = CacheLifetime,
            MaxScrapesInFlight = MaxScrapesInFlight,
            CallbackTimeout = CallbackTimeout,
            FailOnError = FailOnError,
            ExportersAlone = ExportersAlone,
            View = View,
        };
        foreach (var (name, bounds) in Buckets)
        {
            copy.Buckets.Add(name, bounds);
        }

        foreach (var (name, native) in NativeHistograms)
        {
            copy.NativeHistograms.Add(name, native);
        }

        foreach (var (name, limit) in CardinalityLimits)
        {
            copy.CardinalityLimits.Add(name, limit);
        }

        foreach (var (name, value) in Resource)
        {
            copy.Resource.Add(name, value);
        }

        foreach (var exporter in Exporters)
        {
            copy.Exporters.Add(exporter);
        }

        copy.Meters.Clear();
        foreach (var meter in Meters)
        {
            copy.Meters.Add(meter);
        }

        return copy;
    }

    /// <summary>Throws <see cref="ArgumentException"/> for a setting that means nothing.</summary>
    internal void Validate()
    {
        if (Port is < 1 or > 65535)
        {
            throw new ArgumentException($"The metrics port is {Port}, which is not a port number from 1 to 65535.");
        }

        if (Path is not null && !Path.StartsWith('/'))
        {
            throw new ArgumentException($"The metrics path is '{Path}', which does not begin with '/'.");
        }

        if (Path is not null)
        {
            PathRouting.ThrowIfUnreachable(Path, nameof(Path));
        }

        if (MaxScrapesInFlight < 1)
        {
            throw new ArgumentException($"The limit of metrics scrapes in flight is {MaxScrapesInFlight}; it must be 1 at the least.");
        }

        if (CacheLifetime < TimeSpan.Zero || CallbackTimeout <= TimeSpan.Zero || CallbackTimeout.TotalMilliseconds > int.MaxValue)
        {
            throw new ArgumentException(
                $"The metrics are kept for {CacheLifetime} and callbacks may take {CallbackTimeout}; neither may be negative, " +
                $"the latter not zero or above {TimeSpan.FromMilliseconds(int.MaxValue)}.");
        }

        if (CardinalityLimit < 1)
        {
            throw new ArgumentException($"The cardinality limit of the metrics is {CardinalityLimit}; it must be 1 at the least.");
        }

        if (Exporters.Contains(null!) || (ExportersAlone && Exporters.Count == 0))
        {
            throw new ArgumentException("An exporter of the metrics is null, or exporters alone are to be served and there are none.");
        }

        foreach (var (name, native) in NativeHistograms)
        {
            native.Validate(name);
        }

        foreach (var (name, limit) in CardinalityLimits)
        {
            if (limit < 1)
            {
                throw new ArgumentException($"The cardinality limit of instrument {name} is {limit}; it must be 1 at the least.");
            }
        }
    }
}
