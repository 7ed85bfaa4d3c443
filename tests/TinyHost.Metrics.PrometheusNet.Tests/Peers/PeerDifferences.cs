// Owns: why TinyHost's exposition differs from those of prometheus-net and OpenTelemetry for the same instruments.
// Sources: OpenTelemetry, "Prometheus and OpenMetrics Compatibility" and "Metrics API"; prometheus-net 8.2.1, MeterAdapter.

namespace TinyHost.Metrics.PrometheusNet.Tests.Peers;

internal static class PeerDifferences
{
    private static readonly PeerDifference s_additions = new(
        "TinyHost describes the process, the build and its own scrapes.",
        "+ *process_*", "+ *build_info*", "+ * build = *", "+ *tinyhost_metrics_*");

    internal static readonly PeerRename[] PrometheusNetNames =
    [
        new("prometheus-net puts the name of the meter first. TinyHost has it in a label if ScopeLabels is true.", "peers_shop_", ""),
    ];

    internal static readonly PeerDifference[] PrometheusNet =
    [
        s_additions,
        new("prometheus-net counts the instruments of its adapter.", "- *prometheus_net_meteradapter_instruments_connected*"),
        new("A family without a description has a HELP text that tells the instrument; prometheus-net's tells unit and class.",
            "- help *`1)", "+ help * = Instrument * of meter Peers.Shop.", "+ help orders* = Orders taken.",
            "+ help request_duration_seconds = Time taken."),
        new("prometheus-net exposes counters as gauges without _total: rate() on them is invalid, and they have no exemplars.",
            "- orders{*} = 3", "- type orders = gauge", "+ orders_total{*} = 3", "+ type orders* = counter", "+ exemplar orders_total{*",
            "- bytes_sent = 1E+21", "- type bytes_sent = gauge", "- paid_amount_total = 1.5", "- type paid_amount_total = gauge",
            "- type returns = gauge", "+ type returns* = counter", "+ exemplar returns_total = *", "+ exemplar paid_amount_EUR_total = *"),
        new("A tag without a value is no label, and true is true in lower case, as OpenTelemetry writes it.",
            "- orders{currency=\"EUR\",gift=\"True\",note=\"\"} = 3", "+ orders_total{currency=\"EUR\",gift=\"true\"} = 3"),
        new("Units are part of the name, and counters end in _total.",
            "+ bytes_sent_bytes_total = 1E+21", "+ type bytes_sent_bytes* = counter", "+ unit bytes_sent_bytes = bytes",
            "+ paid_amount_EUR_total = 1.5", "+ type paid_amount_EUR* = counter", "+ unit paid_amount_EUR = EUR",
            "- temperature = NaN", "- type temperature = gauge", "+ temperature_celsius = NaN", "+ type temperature_celsius = gauge",
            "+ unit temperature_celsius = celsius",
            "- request_duration_count = 2", "- request_duration_sum = 3.2", "- type request_duration = histogram",
            "+ request_duration_seconds_count = 2", "+ request_duration_seconds_sum = 3.2", "+ type request_duration_seconds = histogram",
            "+ unit request_duration_seconds = seconds"),
        new("The default buckets are those of OpenTelemetry for seconds.",
            "- request_duration_bucket{le=\"*\"} = *", "+ request_duration_seconds_bucket{le=\"*\"} = *",
            "- exemplar request_duration_bucket{*", "+ exemplar request_duration_seconds_bucket{*"),
        new("A counter never decreases: negative measurements are dropped.", "- returns = 3", "+ returns_total = 5"),
        new("The adapter predates Gauge<T>.",
            "+ level = 0.1", "+ type level = gauge", "+ fill_ratio = 0.25", "+ type fill_ratio = gauge", "+ unit fill_ratio = ratio",
            "+ throughput_bytes_per_second = 7", "+ type throughput_bytes_per_second = gauge",
            "+ unit throughput_bytes_per_second = bytes_per_second"),
        new("Tags that become the same label are joined, and a tag le is renamed; prometheus-net drops such measurements.",
            "+ clash{a_b=\"dot;underscore\"} = 1", "+ type clash = gauge", "+ parcel_size_bytes_*{exported_le=\"mine\"*} = *",
            "+ exemplar parcel_size_bytes_bucket{exported_le=\"mine\",le=\"10\"} = *", "+ type parcel_size_bytes = histogram",
            "+ unit parcel_size_bytes = bytes"),
        new("A name cannot start with a digit. In prometheus-net it does not: the name of the meter comes first.",
            "- 2xx_answers = 4", "- type 2xx_answers = gauge", "+ _2xx_answers = 4", "+ type _2xx_answers = gauge"),
        new("HELP texts are escaped: Prometheus rejects the line that prometheus-net breaks.",
            "- help paid_amount_total = (EUR) C:\\temp \"quoted\"", "- invalid line = next line (Counter`1)",
            "+ help paid_amount_EUR_total = C:\\\\temp \"quoted\"\\nnext line",
            "+ help paid_amount_EUR = C:\\\\temp \\\"quoted\\\"\\nnext line"),
    ];

    internal static readonly PeerRename[] OpenTelemetryNames =
    [
        new("OpenTelemetry has the name of the meter in labels of every series; TinyHost if ScopeLabels is true.",
            "otel_scope_[a-z]+=\"[^\"]*\",?", ""),
    ];

    internal static readonly PeerDifference[] OpenTelemetry =
    [
        s_additions,
        new("target_info is exposed if the resource has attributes; there are none by default.",
            "- target_info{*} = 1", "- type target* = *", "- help target* = Target metadata"),
        new("A family without a description has a HELP text that tells the instrument.", "+ help * = Instrument * of meter Peers.Shop."),
        new("CreatedSamples is false by default: in OpenMetrics 1.0 each time of creation is a series.", "- *_created* = *"),
        new("A tag without a value is no label. To Prometheus an empty label is none either.",
            "- *orders_total{currency=\"EUR\",gift=\"true\",note=\"\"} = *", "+ *orders_total{currency=\"EUR\",gift=\"true\"} = *"),
        new("A name is the same in every format: _total moves to the end also in text.",
            "- paid_amount_total_EUR_total = 1.5", "- type paid_amount_total_EUR_total = counter", "- help paid_amount_total_EUR_total = *",
            "+ paid_amount_EUR_total = 1.5", "+ type paid_amount_EUR_total = counter", "+ help paid_amount_EUR_total = *"),
        new("A counter never decreases: negative measurements are dropped (Metrics API, Counter).",
            "- returns_total = 3", "+ returns_total = 5", "- exemplar returns_total = {*} -2", "+ exemplar returns_total = {*} 5"),
        new("OpenTelemetry drops an instrument whose name starts with a digit; here it gets an underscore.",
            "+ _2xx_answers = 4", "+ type _2xx_answers = gauge"),
        new("A gauge in unit 1 is a ratio.",
            "- fill = 0.25", "- type fill = gauge", "+ fill_ratio = 0.25", "+ type fill_ratio = gauge", "+ unit fill_ratio = ratio"),
        new("A float is written by its shortest decimal.", "- level = 0.10000000149011612", "+ level = 0.1"),
        new("NaN is dropped: it would turn the sum into NaN until the next restart.",
            "- request_duration_seconds_count = 3", "- request_duration_seconds_sum = NaN", "+ request_duration_seconds_count = 2",
            "+ request_duration_seconds_sum = 3.2"),
        new("The default buckets of a histogram in seconds are those of the semantic conventions, not those for milliseconds.",
            "- request_duration_seconds_bucket{le=\"*\"} = *", "+ request_duration_seconds_bucket{le=\"*\"} = *",
            "+ exemplar request_duration_seconds_bucket{le=\"0.25\"} = *"),
        new("A tag le is renamed; OpenTelemetry loses it.",
            "- parcel_size_bytes_*", "- exemplar parcel_size_bytes_bucket{le=\"10\"} = *",
            "+ parcel_size_bytes_*{exported_le=\"mine\"*} = *",
            "+ exemplar parcel_size_bytes_bucket{exported_le=\"mine\",le=\"10\"} = *"),
    ];
}
