// Owns: the options of the metrics stage, and their defaults.

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

/// <summary>
/// Options of the metrics stage. Settings of the same names under <c>TinyHost:Metrics</c> (<c>TinyHost:name:Metrics</c> for a named server)
/// override them, except for <see cref="WebConfiguration"/>, <see cref="View"/>, <see cref="Exporters"/> and
/// <see cref="ExportersAlone"/>, which can only be set in code, and <see cref="Health"/>, whose settings are under <c>TinyHost:Health</c>.
/// </summary>
public sealed class MetricsOptions
{
    internal const int MinDashboardMemory = 4_096;

    /// <summary>
    /// The port for metrics, 1–65535: <c>/metrics</c> returns the exposition, as does <c>/</c> except to browsers, which get a page with
    /// links; <c>/-/healthy</c> and <c>/-/ready</c> answer health probes, all other paths are 404. If no prefix of the server listens on
    /// it, the server adds one with the host of its first prefix. Null, the default, means 9100, or no port of its own if
    /// <see cref="Path"/> or <see cref="Prefix"/> is set.
    /// </summary>
    public int? Port { get; set; }

    /// <summary>
    /// The name of the prefix for metrics, such as <c>metrics</c> for <c>metrics=http://127.0.0.1:0/</c>: as <see cref="Port"/>, for its
    /// port. The server does not start without a prefix of this name, nor if another prefix has the same port. Null, the default, for none.
    /// </summary>
    public string? Prefix { get; set; }

    /// <summary>
    /// Who may read the metrics: <c>auth =&gt; auth.Users("users.txt")</c>. It covers all paths of the metrics port except the health
    /// checks (<see cref="AuthenticationOptions.CoversHealth"/>). The settings under <c>TinyHost:Metrics:Protect</c> add to it. Null, the
    /// default: everyone.
    /// </summary>
    public Action<AuthenticationOptions>? Protect { get; set; }

    /// <summary>
    /// Health probes on the port of the metrics: checks, paths, deadlines. Its <see cref="HealthOptions.Port"/> and
    /// <see cref="HealthOptions.Prefix"/> must be null. Without a port or prefix of the metrics, there are no probes.
    /// </summary>
    public HealthOptions Health { get; } = new();

    /// <summary>
    /// The web configuration file of Prometheus' exporters (<c>--web.config.file</c>): TLS, users, headers and a rate limit for the
    /// metrics. It needs <see cref="WebConfiguration"/>. Null, the default, for none.
    /// </summary>
    public string? WebConfigFile { get; set; }

    /// <summary>
    /// Reads <see cref="WebConfigFile"/>: <c>new WebConfiguration()</c> of the package TinyHost.WebConfig. Null, the default, for the one
    /// that the services have.
    /// </summary>
    public IWebConfiguration? WebConfiguration { get; set; }

    /// <summary>
    /// The path of the exposition, starting with <c>/</c>. With a <see cref="Port"/> it replaces <c>/metrics</c>. Without one, exactly this
    /// path is served on every port, and all other requests go to the app. Null by default.
    /// </summary>
    public string? Path { get; set; }

    /// <summary>
    /// Serves a page with charts of the last ten minutes at <c>/dashboard</c> on the port of the metrics: requests, latency, errors,
    /// connections, the process, its runtime and its health. It is protected like the metrics. The server reads about forty series once a
    /// second from its start, whether or not somebody watches; callbacks of observable instruments are not called for that. Default false:
    /// then nothing is read or kept.
    /// </summary>
    public bool Dashboard { get; set; }

    /// <summary>
    /// The limit on the memory of the <see cref="Dashboard"/>, in bytes. Half of it holds series, 2,656 bytes each; further ones are left
    /// out. At least 4,096; default 1,048,576.
    /// </summary>
    public int DashboardMemory { get; set; } = 1 << 20;

    /// <summary>
    /// Leaves out the series of the garbage collector: those of meter <c>System.Runtime</c> named <c>dotnet.gc.*</c>, and those of
    /// exporters (<see cref="ExporterFamilyOrigin.GarbageCollector"/>). Default false.
    /// </summary>
    public bool DisableGc { get; set; }

    /// <summary>
    /// Also exposes the process and runtime under the names prometheus-net gives them by default: <c>process_num_threads</c>,
    /// <c>process_open_handles</c>, <c>process_private_memory_bytes</c>, <c>process_working_set_bytes</c>, and, unless
    /// <see cref="DisableGc"/> is true, <c>dotnet_total_memory_bytes</c> and <c>dotnet_collection_count_total</c> with the label
    /// <c>generation</c>. Default false.
    /// </summary>
    public bool PrometheusNetNames { get; set; }

    /// <summary>
    /// Takes all meters of the application and its libraries, including TinyHost's: those whose names start with neither <c>System.</c> nor
    /// <c>Microsoft.</c>. Default true.
    /// </summary>
    public bool ApplicationMeters { get; set; } = true;

    /// <summary>
    /// Names of further meters; a trailing <c>*</c> stands for any ending. Default <c>System.Runtime</c>; add <c>System.Net.Http</c> for
    /// the client side of HTTP, for example. Case does not matter. The setting is an array, or a string with semicolons, and replaces the
    /// whole list.
    /// </summary>
    public IList<string> Meters { get; private set; } = [RuntimeMeter.Name];

    /// <summary>
    /// The limit on the series of an instrument; instruments whose measurements become the same series share it. Measurements with further
    /// tag sets are added up in one more series, with <c>otel_metric_overflow="true"</c>, until a series ends. At least 1; default 2,000,
    /// as in OpenTelemetry.
    /// </summary>
    public int CardinalityLimit { get; set; } = 2_000;

    /// <summary>
    /// How long a recorded series stays after its last measurement. The first scrape that finds it unused for so long leaves it out. It
    /// then no longer counts towards <see cref="CardinalityLimit"/>, and the next measurement starts a new one. Only scrapes notice the
    /// time: a series stays at least until the second scrape after its last measurement. A series of an UpDownCounter ends only at 0.
    /// Default zero: series stay as long as their meter.
    /// </summary>
    public TimeSpan SeriesLifetime { get; set; }

    /// <summary>
    /// Attributes of the resource that the metrics describe, such as <c>service.name</c> and <c>service.version</c>: the labels of
    /// <c>target_info</c>. Empty by default; then <c>target_info</c> is not exposed.
    /// </summary>
    public IDictionary<string, string> Resource { get; private set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Labels of all series in every format, such as <c>env</c>, including those of <see cref="Exporters"/>. A series that has a label of
    /// that name keeps its own. Empty by default; a label with an empty value is left out.
    /// </summary>
    public IDictionary<string, string> Labels { get; private set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Keeps exemplars: for each counter and each bucket of a histogram the last measurement made within a recorded span (<see
    /// cref="System.Diagnostics.Activity.Current"/>). OpenMetrics and protobuf expose them with <c>trace_id</c> and <c>span_id</c>. Default
    /// true.
    /// </summary>
    public bool Exemplars { get; set; } = true;

    /// <summary>
    /// Exposes when each series of a Counter or Histogram was created as a series of its own in OpenMetrics 1.0 (<c>_created</c>). Protobuf
    /// and OpenMetrics 2.0 always have these times. Default false.
    /// </summary>
    public bool CreatedSamples { get; set; }

    /// <summary>
    /// Adds labels for the meter to every series: <c>otel_scope_name</c>, <c>otel_scope_version</c>, <c>otel_scope_schema_url</c>, and the
    /// meter's tags with the prefix <c>otel_scope_</c> (otherwise they are labels without a prefix), except for tags that would have one of
    /// these names. Default false.
    /// </summary>
    public bool ScopeLabels { get; set; }

    /// <summary>
    /// Writes names with underscores (<c>http_server_request_duration_seconds</c>) even for scrapers that accept dots
    /// (<c>http.server.request.duration_seconds</c>), as Prometheus 3 does unless its <c>metric_name_validation_scheme</c> is
    /// <c>legacy</c>. Default true: upgrading Prometheus must not rename the series that rules and dashboards use.
    /// </summary>
    public bool UnderscoreNames { get; set; } = true;

    /// <summary>
    /// The kinds of formats that scrapers are offered; text is always among them. Default all. With <see cref="MetricsFormats.Text"/>
    /// alone, Prometheus 2 stores the bounds of buckets as <c>le="1"</c> rather than <c>le="1.0"</c>. The setting is an array, or a string
    /// with commas.
    /// </summary>
    public MetricsFormats Formats { get; set; } = MetricsFormats.All;

    /// <summary>
    /// How long a collection serves later scrapes. Default zero: a scrape shares only a collection in progress. Recorded values, unlike
    /// observed ones, are always as of the moment they are written.
    /// </summary>
    public TimeSpan CacheLifetime { get; set; }

    /// <summary>
    /// The limit on expositions being written. Further scrapes get a 503, unless a scraper has not taken a piece of 32 KiB for five
    /// seconds: then its connection is cut off instead. At least 1; default 40, as in Prometheus' exporters.
    /// </summary>
    public int MaxScrapesInFlight { get; set; } = 40;

    /// <summary>
    /// How long the callback of an observable, or an exporter, may take before the scrape goes on without its families, which are left out
    /// until it returns. It applies to all scrapers: keep it below the shortest scrape timeout. Default 2 s.
    /// </summary>
    public TimeSpan CallbackTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Answers with 503 instead of leaving out families whose callbacks or exporters fail, do not return, or write invalid lines.
    /// <c>BatchMetrics</c> throws <see cref="InvalidOperationException"/> instead. Default false.
    /// </summary>
    public bool FailOnError { get; set; }

    /// <summary>
    /// Whether <c>BatchMetrics</c> also delivers the families about the process, the runtime (if <see cref="Meters"/> selects its meter)
    /// and scrapes. Default false: node_exporter exposes <c>process_*</c> itself and rejects them in files, and they say little about a job
    /// that has ended.
    /// </summary>
    public bool BatchIncludesProcess { get; set; }

    /// <summary>
    /// Upper bounds of histogram buckets by the name of the instrument, in its unit. They override a view's and the instrument's advice.
    /// The settings <c>TinyHost:Metrics:Buckets:&lt;instrument&gt;</c>, lists such as <c>0.1, 0.5, 1</c>, override these.
    /// </summary>
    public IDictionary<string, double[]> Buckets { get; private set; } = new Dictionary<string, double[]>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Limits on series by the name of the instrument, instead of <see cref="CardinalityLimit"/>. The settings
    /// <c>TinyHost:Metrics:CardinalityLimits:&lt;instrument&gt;</c> override these.
    /// </summary>
    public IDictionary<string, int> CardinalityLimits { get; private set; } = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Histograms to expose as native ones, by the name of the instrument; a trailing <c>*</c> stands for any ending, and the longest
    /// matching name wins. None by default. The settings <c>TinyHost:Metrics:NativeHistograms:&lt;instrument&gt;</c> override these.
    /// </summary>
    public IDictionary<string, NativeHistogramOptions> NativeHistograms { get; private set; } =
        new Dictionary<string, NativeHistogramOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// What a gauge is over several worker processes (<c>/metrics?aggregate=true</c> on the port of their parent), by the name of its
    /// family, such as <c>queue_depth</c>. By default the sum; the maximum of families whose names end in <c>_time_seconds</c>,
    /// <c>_timestamp_seconds</c>, <c>_celsius</c>, <c>_ratio</c>, <c>_percent</c>, <c>_info</c>, <c>_max_fds</c> or <c>_max_bytes</c>; the
    /// minimum of families whose names end in <c>_health_status</c>, <c>_successful</c> or <c>_expiry_seconds</c>. The settings
    /// <c>TinyHost:Metrics:GaugeAggregations:&lt;family&gt;</c> override these.
    /// </summary>
    public IDictionary<string, GaugeAggregation> GaugeAggregations { get; private set; } =
        new Dictionary<string, GaugeAggregation>(StringComparer.Ordinal);

    /// <summary>
    /// Called once for each instrument: returns how to expose it, or null to expose it as it is. Null by default. If it throws, the
    /// exception is logged and the instrument is exposed as it is.
    /// </summary>
    public Func<Instrument, MetricView?>? View { get; set; }

    /// <summary>
    /// Exporters of metrics that other libraries hold, exposed after the built-in families in this order. A family whose name is already
    /// taken is left out and logged. Scrapers get only formats that all exporters can write. None by default.
    /// </summary>
    public IList<IMetricsExporter> Exporters { get; private set; } = [];

    /// <summary>
    /// How many bytes an exporter may write for a scrape. One that writes more is left out. At least 1; default 64 MiB, which is about
    /// half a million series.
    /// </summary>
    public int MaxExporterSize { get; set; } = 64 << 20;

    /// <summary>Exposes only the <see cref="Exporters"/>: no instruments, process or scrape series. Default false.</summary>
    public bool ExportersAlone { get; set; }

    internal MetricsOptions Copy()
    {
        var copy = (MetricsOptions)MemberwiseClone();
        copy.Meters = [.. Meters];
        copy.Resource = new Dictionary<string, string>(Resource, StringComparer.Ordinal);
        copy.Labels = new Dictionary<string, string>(Labels, StringComparer.Ordinal);
        copy.Buckets = new Dictionary<string, double[]>(Buckets, StringComparer.OrdinalIgnoreCase);
        copy.CardinalityLimits = new Dictionary<string, int>(CardinalityLimits, StringComparer.OrdinalIgnoreCase);
        copy.NativeHistograms = new Dictionary<string, NativeHistogramOptions>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, native) in NativeHistograms)
        {
            copy.NativeHistograms.Add(name, native with { });
        }

        copy.GaugeAggregations = new Dictionary<string, GaugeAggregation>(GaugeAggregations, StringComparer.Ordinal);
        copy.Exporters = [.. Exporters];
        return copy;
    }
}
