using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class SettingsTests
{
    private const string PortKey = "TinyHost:Metrics:Port";
    private const string DisableGcKey = "TinyHost:Metrics:DisableGc";

    [Fact]
    public async Task The_port_in_the_configuration_overrides_the_code()
    {
        int[] ports = [FreePort.Next(), FreePort.Next()];
        using var services = Services.WithSettings((PortKey, $"{ports[1]}"), (DisableGcKey, "true"));
        await using var server = await MetricsServer.StartAsync(
            ports, new Pipeline(services).UseMetrics(port: ports[0]).Run(MetricsServer.Hello), services);
        var text = await server.ScrapeAsync();
        Assert.DoesNotContain("dotnet_gc_", text, StringComparison.Ordinal);
        Assert.Equal("app\n", (await server.SendAsync("GET", ports[0], "/metrics")).Content);
    }

    [Fact]
    public async Task Configuration_can_set_the_port_of_the_single_port_form()
    {
        int[] ports = [FreePort.Next(), FreePort.Next()];
        using var services = Services.WithSettings((PortKey, $"{ports[1]}"));
        await using var server = await MetricsServer.StartAsync(
            ports, new Pipeline(services).UseMetrics("/stats").Run(MetricsServer.Hello), services);
        Assert.Contains("process_cpu", await server.ScrapeAsync("/stats"), StringComparison.Ordinal);
        Assert.Equal("app\n", (await server.SendAsync("GET", ports[0], "/stats")).Content);
    }

    [Fact]
    public async Task Configuration_can_enable_the_garbage_collectors_series()
    {
        using var services = Services.WithSettings((DisableGcKey, "False"), (PortKey, ""));
        await using var server = await MetricsServer.StartAsync(
            port => PrometheusMetrics.Wrap(MetricsServer.Hello, port, disableGc: true, services), services);
        Assert.Contains("dotnet_gc_", await server.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PortKey, "abc")]
    [InlineData(PortKey, "0")]
    [InlineData(PortKey, "-1")]
    [InlineData(PortKey, "65536")]
    [InlineData(PortKey, "9100.5")]
    [InlineData(PortKey, "0x10")]
    [InlineData(DisableGcKey, "yes")]
    [InlineData(DisableGcKey, "1")]
    [InlineData("TinyHost:Metrics:Buckets:a", "abc")]
    [InlineData("TinyHost:Metrics:Buckets:a", "NaN")]
    [InlineData("TinyHost:Metrics:CardinalityLimits:a", "0")]
    [InlineData("TinyHost:Metrics:CardinalityLimits:a", "many")]
    [InlineData("TinyHost:Metrics:CardinalityLimit", "0")]
    [InlineData("TinyHost:Metrics:CardinalityLimits", "100")]
    [InlineData("TinyHost:Metrics:GaugeAggregations:a", "mean")]
    [InlineData("TinyHost:Metrics:GaugeAggregations", "Sum")]
    [InlineData("TinyHost:Metrics:Buckets", "0.1, 1")]
    [InlineData("TinyHost:Metrics:NativeHistograms", "1.1")]
    [InlineData("TinyHost:Metrics:Resource", "shop")]
    [InlineData("TinyHost:Metrics:Labels", "prod")]
    [InlineData("TinyHost:Metrics:MaxScrapesInFlight", "0")]
    [InlineData("TinyHost:Metrics:Path", "metrics")]
    [InlineData("TinyHost:Metrics:Path", "//metrics")]
    [InlineData("TinyHost:Metrics:Path", "/a%20b")]
    [InlineData("TinyHost:Metrics:CallbackTimeout", "0")]
    [InlineData("TinyHost:Metrics:CallbackTimeout", "1e9")]
    [InlineData("TinyHost:Metrics:CallbackTimeout", "9999999999")]
    [InlineData("TinyHost:Metrics:CallbackTimeout", "NaN")]
    [InlineData("TinyHost:Metrics:CacheLifetime", "-1")]
    [InlineData("TinyHost:Metrics:CacheLifetime", "-00:00:01")]
    [InlineData("TinyHost:Metrics:CacheLifetime", "soon")]
    [InlineData("TinyHost:Metrics:SeriesLifetime", "-1")]
    [InlineData("TinyHost:Metrics:SeriesLifetime", "never")]
    [InlineData("TinyHost:Metrics:CacheLifetime", "24:00:00")]
    [InlineData("TinyHost:Metrics:CacheLifetime", "1.00:00:00")]
    [InlineData("TinyHost:Metrics:CacheLifetime", "1 2")]
    [InlineData("TinyHost:Metrics:FailOnError", "perhaps")]
    [InlineData("TinyHost:Metrics:Formats", "OpenMetrics 2")]
    [InlineData("TinyHost:Metrics:Formats", "None")]
    [InlineData("TinyHost:Metrics:Formats", "6")]
    [InlineData("TinyHost:Metrics:Dashboard", "yes")]
    [InlineData("TinyHost:Metrics:DashboardMemory", "4095")]
    [InlineData("TinyHost:Metrics:DashboardMemory", "1 MB")]
    [InlineData("TinyHost:Metrics:MaxExporterSize", "0")]
    [InlineData("TinyHost:Metrics:NativeHistograms:a", "1")]
    [InlineData("TinyHost:Metrics:NativeHistograms:a", "yes")]
    [InlineData("TinyHost:Metrics:NativeHistograms:a:BucketFactor", "NaN")]
    [InlineData("TinyHost:Metrics:NativeHistograms:a:BucketFactor", "Infinity")]
    [InlineData("TinyHost:Metrics:NativeHistograms:a:MaxBuckets", "0")]
    [InlineData("TinyHost:Metrics:NativeHistograms:a:MaxBuckets", "1.5")]
    [InlineData("TinyHost:Metrics:NativeHistograms:a:MaxZeroThreshold", "-1")]
    [InlineData("TinyHost:Metrics:NativeHistograms:a:MinResetDuration", "-01:00:00")]
    [InlineData("TinyHost:Metrics:NativeHistograms:a:MinResetDuration", "soon")]
    [InlineData("TinyHost:Metrics:NativeHistograms:a:MinResetDuration", "24:00:00")]
    [InlineData("TinyHost:Metrics", "9100")]
    [InlineData("TinyHost:Metrics:NativeHistograms:a:ClassicBuckets", "1")]
    public void An_invalid_setting_is_an_error_that_names_key_and_value(string key, string value)
    {
        using var services = Services.WithSettings((key, value));
        var pipeline = new Pipeline(services).UseMetrics();
        var error = Assert.Throws<ServerStartException>(() => pipeline.Run(MetricsServer.Hello));
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{value}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Port:0", "9100")]
    [InlineData("Path:0", "/metrics")]
    [InlineData("DisableGc:0", "true")]
    [InlineData("CacheLifetime:Seconds", "1")]
    [InlineData("Meters:0:Name", "A")]
    [InlineData("CardinalityLimits:a:b", "1")]
    [InlineData("Buckets:a:0:b", "1")]
    [InlineData("Resource:service:name", "shop")]
    [InlineData("NativeHistograms:a:BucketFactor:0", "1.1")]
    public void A_section_instead_of_a_value_is_an_error_that_names_both(string key, string value)
    {
        using var services = Services.WithSettings(("TinyHost:Metrics:" + key, value));
        var error = Assert.Throws<ServerStartException>(() => new Pipeline(services).UseMetrics().Run(MetricsServer.Hello));
        Assert.Contains(
            $"TinyHost:Metrics:{key[..key.LastIndexOf(':')]} has settings below it, such as TinyHost:Metrics:{key}; it must be ",
            error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Meters:MyApp", "true")]
    [InlineData("Formats:Text", "true")]
    [InlineData("Buckets:a:First", "1")]
    public void A_section_with_names_instead_of_an_array_is_an_error(string key, string value)
    {
        using var services = Services.WithSettings(("TinyHost:Metrics:" + key, value));
        var error = Assert.Throws<ServerStartException>(() => new Pipeline(services).UseMetrics().Run(MetricsServer.Hello));
        var section = "TinyHost:Metrics:" + key[..key.LastIndexOf(':')];
        Assert.StartsWith(
            $"Cannot start: {section} has a setting with a name, TinyHost:Metrics:{key}; it must be an array ({section}:0 …) or ",
            error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Buckets:0", "0.1", "instrument")]
    [InlineData("CardinalityLimits:0", "100", "instrument")]
    [InlineData("NativeHistograms:0", "1.1", "instrument")]
    [InlineData("GaugeAggregations:0", "Sum", "queue_depth")]
    [InlineData("Resource:0", "service.name=shop", "service.name")]
    public void An_array_instead_of_a_section_with_names_is_an_error(string key, string value, string example)
    {
        using var services = Services.WithSettings(("TinyHost:Metrics:" + key, value));
        var error = Assert.Throws<ServerStartException>(() => new Pipeline(services).UseMetrics().Run(MetricsServer.Hello));
        var section = "TinyHost:Metrics:" + key[..key.IndexOf(':')];
        Assert.Equal(
            $"Cannot start: {section} is an array; it must be a section with names, such as {section}:{example}.", error.Message);
    }

    [Fact]
    public void Spaces_around_a_value_are_ignored()
    {
        var options = new MetricsOptions { CallbackTimeout = TimeSpan.FromSeconds(7), Buckets = { ["kept"] = [1] } };
        MetricsConfiguration.Apply(
            Services.Settings(
                ("M:CacheLifetime", "1 "),
                ("M:CallbackTimeout", " "),
                ("M:Port", " 9200"),
                ("M:Path", "/stats "),
                ("M:DisableGc", "true\t"),
                ("M:Meters", " A ; B ;"),
                ("M:Buckets:a", " 1 , 2 "),
                ("M:Buckets:kept", " "),
                ("M:CardinalityLimits:a", " 3 "),
                ("M:NativeHistograms:a", " 2 "),
                ("M:GaugeAggregations:a_b", " latest "),
                ("M:GaugeAggregations:none", " "),
                ("M:NativeHistograms:a:MinResetDuration", "30 "),
                ("M:NativeHistograms:none", ""),
                ("M:Resource:service.name", "shop ")).GetSection("M"),
            options);
        Assert.Equal(TimeSpan.FromSeconds(1), options.CacheLifetime);
        Assert.Equal(TimeSpan.FromSeconds(7), options.CallbackTimeout);
        Assert.Equal(9200, options.Port);
        Assert.Equal("/stats", options.Path);
        Assert.True(options.DisableGc);
        Assert.Equal(["A", "B"], options.Meters);
        Assert.Equal([1, 2], options.Buckets["a"]);
        Assert.Equal([1], options.Buckets["kept"]);
        Assert.Equal(3, options.CardinalityLimits["a"]);
        Assert.Equal(new NativeHistogramOptions { BucketFactor = 2, MinResetDuration = TimeSpan.FromSeconds(30) }, Assert.Single(
            options.NativeHistograms).Value);
        Assert.Equal("shop", options.Resource["service.name"]);
        Assert.Equal(("a_b", GaugeAggregation.Latest), (Assert.Single(options.GaugeAggregations).Key, options.GaugeAggregations["a_b"]));
    }

    [Fact]
    public async Task The_metrics_of_a_named_server_are_set_in_its_section()
    {
        int[] ports = [FreePort.Next(), FreePort.Next()];
        using var services = Services.WithSettings(
            (PortKey, "1"), ("TinyHost:admin:Metrics:Port", $"{ports[1]}"), ("TinyHost:admin:Metrics:DisableGc", "true"));
        var settings = services.GetRequiredService<IConfiguration>().GetSection("TinyHost:admin");
        await using var server = await MetricsServer.StartAsync(
            ports, new Pipeline(services, settings).UseMetrics(port: ports[0]).Run(MetricsServer.Hello), services);
        Assert.DoesNotContain("dotnet_gc_", await server.ScrapeAsync(), StringComparison.Ordinal);
        Assert.Equal("app\n", (await server.SendAsync("GET", ports[0], "/metrics")).Content);

        var options = new ServerOptions { Prefixes = { "http://127.0.0.1:0/" } };
        await using var other = new HttpServer(
            options, PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions(), services, settings));
        var error = await Assert.ThrowsAsync<ServerStartException>(() => other.StartAsync());
        Assert.Contains("(TinyHost:admin:Metrics:Port)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_setting_is_an_error_that_names_it()
    {
        using var services = Services.WithSettings(("TinyHost:Metrics:Prot", "9100"));
        var error = Assert.Throws<ServerStartException>(() => new Pipeline(services).UseMetrics().Run(MetricsServer.Hello));
        Assert.Contains("unknown setting TinyHost:Metrics:Prot. ", error.Message, StringComparison.Ordinal);
        Assert.Contains(" Port,", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_option_except_code_only_options_is_a_documented_setting()
    {
        var settings = new Dictionary<string, (string Value, Func<MetricsOptions, object?> Read, object? Expected)>
        {
            ["Port"] = ("9200", options => options.Port, 9200),
            ["Prefix"] = ("scrapes", options => options.Prefix, "scrapes"),
            ["Path"] = ("/stats", options => options.Path, "/stats"),
            ["Protect:Tokens"] = ("tokens", options => options.Protect is not null, true),
            ["WebConfigFile"] = ("web.yml", options => options.WebConfigFile, "web.yml"),
            ["Dashboard"] = ("true", options => options.Dashboard, true),
            ["DashboardMemory"] = ("300000", options => options.DashboardMemory, 300_000),
            ["DisableGc"] = ("true", options => options.DisableGc, true),
            ["PrometheusNetNames"] = ("true", options => options.PrometheusNetNames, true),
            ["ApplicationMeters"] = ("False", options => options.ApplicationMeters, false),
            ["Meters"] = ("A; B.*", options => string.Join(',', options.Meters), "A,B.*"),
            ["CardinalityLimit"] = ("7", options => options.CardinalityLimit, 7),
            ["CardinalityLimits:a.b"] = ("8", options => options.CardinalityLimits["A.B"], 8),
            ["Buckets:a.b"] = ("1, 2.5", options => string.Join(' ', options.Buckets["a.b"]), "1 2.5"),
            ["NativeHistograms:a.b"] = ("2", options => options.NativeHistograms["a.b"], new NativeHistogramOptions { BucketFactor = 2 }),
            ["GaugeAggregations:queue_depth"] = ("max", options => options.GaugeAggregations["queue_depth"], GaugeAggregation.Max),
            ["Resource:service.name"] = ("shop", options => options.Resource["service.name"], "shop"),
            ["Labels:env"] = ("prod", options => options.Labels["env"], "prod"),
            ["Exemplars"] = ("false", options => options.Exemplars, false),
            ["CreatedSamples"] = ("true", options => options.CreatedSamples, true),
            ["ScopeLabels"] = ("true", options => options.ScopeLabels, true),
            ["UnderscoreNames"] = ("false", options => options.UnderscoreNames, false),
            ["SeriesLifetime"] = ("01:00:00", options => options.SeriesLifetime, TimeSpan.FromHours(1)),
            ["CacheLifetime"] = ("00:00:02", options => options.CacheLifetime, TimeSpan.FromSeconds(2)),
            ["CallbackTimeout"] = ("2.5", options => options.CallbackTimeout, TimeSpan.FromSeconds(2.5)),
            ["MaxScrapesInFlight"] = ("3", options => options.MaxScrapesInFlight, 3),
            ["Formats"] = ("Text, openmetrics", options => options.Formats, MetricsFormats.Text | MetricsFormats.OpenMetrics),
            ["MaxExporterSize"] = ("4096", options => options.MaxExporterSize, 4096),
            ["BatchIncludesProcess"] = ("true", options => options.BatchIncludesProcess, true),
            ["FailOnError"] = ("true", options => options.FailOnError, true),
        };
        foreach (var (key, (value, read, expected)) in settings)
        {
            var options = new MetricsOptions();
            MetricsConfiguration.Apply(Services.Settings(("TinyHost:Metrics:" + key, value)).GetSection("TinyHost:Metrics"), options);
            Assert.Equal(expected, read(options.Copy()));
        }

        string[] names = [.. settings.Keys.Select(key => key.Split(':')[0]).Order(StringComparer.Ordinal)];
        string[] onlyInCode = ["WebConfiguration", "View", "Exporters", "ExportersAlone", "Health"];
        var properties = typeof(MetricsOptions).GetProperties().Select(property => property.Name);
        Assert.Equal(properties.Except(onlyInCode).Order(StringComparer.Ordinal), names);
        Assert.Equal(names, MetricsPage.Settings.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("le")]
    [InlineData("quantile")]
    [InlineData("__name__")]
    [InlineData("otel.metric.overflow")]
    [InlineData("环境")]
    [InlineData("0")]
    public void A_name_that_no_label_of_all_series_can_have_is_an_error(string name)
    {
        using var services = Services.WithSettings(($"TinyHost:Metrics:Labels:{name}", "prod"));
        var error = Assert.Throws<ServerStartException>(() => new Pipeline(services).UseMetrics().Run(MetricsServer.Hello));
        Assert.Contains($"TinyHost:Metrics:Labels: '{name}'", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(
            () => PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions { Labels = { [name] = "prod" } }));
    }

    [Fact]
    public void Labels_of_all_series_with_one_name_are_an_error_and_so_is_null()
    {
        var error = Assert.Throws<ArgumentException>(
            () => PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions { Labels = { ["a.b"] = "1", ["a_b"] = "2" } }));
        Assert.Contains("'a.b' and 'a_b'", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(
            () => PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions { Labels = { ["a"] = null! } }));
    }

    [Fact]
    public void Meters_can_be_an_array_and_replace_those_in_the_code()
    {
        var options = new MetricsOptions();
        MetricsConfiguration.Apply(Services.Settings(("TinyHost:Metrics:Meters:0", "A"), ("TinyHost:Metrics:Meters:1", "B")).GetSection(
            "TinyHost:Metrics"), options);
        Assert.Equal(["A", "B"], options.Meters);
        MetricsConfiguration.Apply(Services.Settings(("TinyHost:Metrics:Meters", "")).GetSection("TinyHost:Metrics"), options);
        Assert.Equal(["A", "B"], options.Meters);
    }

    [Fact]
    public async Task Configuration_sets_buckets_and_limits_of_instruments()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        using var services = Services.WithSettings(
            ("TinyHost:Metrics:Buckets:a.histogram", "0.5, 2"),
            ("TinyHost:Metrics:Buckets:b:0", "7"),
            ("TinyHost:Metrics:CardinalityLimits:c", "1"));
        await using var server = await MetricsServer.StartAsync(options => options.Meters.Add(meter.Name), services: services);
        meter.CreateHistogram<int>("a.histogram").Record(1);
        meter.CreateHistogram<int>("b").Record(1);
        var counter = meter.CreateCounter<int>("c");
        counter.Add(1, new KeyValuePair<string, object?>("i", 1));
        counter.Add(1, new KeyValuePair<string, object?>("i", 2));
        var text = await server.ScrapeAsync();
        Assert.Contains("a_histogram_bucket{le=\"0.5\"} 0\na_histogram_bucket{le=\"2\"} 1\na_histogram_bucket{le=\"+Inf\"} 1\n", text,
            StringComparison.Ordinal);
        Assert.Contains("\nb_bucket{le=\"7\"} 1\nb_bucket{le=\"+Inf\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("c_total{otel_metric_overflow=\"true\"} 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_setting_of_a_native_histogram_is_an_error_that_names_the_known_ones()
    {
        using var services = Services.WithSettings(("TinyHost:Metrics:NativeHistograms:a:Schema", "3"));
        var error = Assert.Throws<ServerStartException>(() => new Pipeline(services).UseMetrics().Run(MetricsServer.Hello));
        Assert.Contains("TinyHost:Metrics:NativeHistograms:a:Schema", error.Message, StringComparison.Ordinal);
        Assert.All(typeof(NativeHistogramOptions).GetProperties(), setting =>
            Assert.Contains(setting.Name, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Configuration_changes_only_the_named_native_histogram_settings()
    {
        var options =
            new MetricsOptions { NativeHistograms = { ["b.*"] = new NativeHistogramOptions { BucketFactor = 4, MaxBuckets = 7 } } };
        var settings = Services.Settings(
            ("TinyHost:Metrics:NativeHistograms:a", "1.5"),
            ("TinyHost:Metrics:NativeHistograms:a:MaxBuckets", ""),
            ("TinyHost:Metrics:NativeHistograms:B.*:MaxBuckets", "20"),
            ("TinyHost:Metrics:NativeHistograms:b.*:MaxZeroThreshold", "1e-3"),
            ("TinyHost:Metrics:NativeHistograms:c", "2"),
            ("TinyHost:Metrics:NativeHistograms:c:MinResetDuration", "02:03:04"),
            ("TinyHost:Metrics:NativeHistograms:c:classicbuckets", "False"));
        MetricsConfiguration.Apply(settings.GetSection("TinyHost:Metrics"), options);
        Assert.Equal(3, options.NativeHistograms.Count);
        Assert.Equal(new NativeHistogramOptions { BucketFactor = 1.5 }, options.NativeHistograms["a"]);
        Assert.Equal(
            new NativeHistogramOptions { BucketFactor = 4, MaxBuckets = 20, MaxZeroThreshold = 0.001 }, options.NativeHistograms["b.*"]);
        Assert.Equal(
            new NativeHistogramOptions { BucketFactor = 2, MinResetDuration = new TimeSpan(2, 3, 4), ClassicBuckets = false },
                options.NativeHistograms["c"]);
    }

    [Fact]
    public async Task Configuration_makes_histograms_native()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        using var services = Services.WithSettings(("TinyHost:Metrics:NativeHistograms:a.*", "2"));
        await using var server = await MetricsServer.StartAsync(options => options.Meters.Add(meter.Name), services: services);
        meter.CreateHistogram<int>("a.histogram").Record(5);
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation(
            "Accept", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited");
        var content = await client.GetByteArrayAsync($"http://127.0.0.1:{server.MetricsPort}/metrics?name%5B%5D=a_histogram");
        var read = ReadNative.From(
            Assert.Single(Assert.Single(ProtobufMessage.ReadFamilies(content)).All("metric")).Get<ProtobufMessage>("histogram"));
        Assert.Equal((0, 1ul), (read.Schema, read.Count));
        Assert.Equal([new(3, 1)], read.Positive);
    }

    [Theory]
    [InlineData(1, 160, 0, 1)]
    [InlineData(double.NaN, 160, 0, 1)]
    [InlineData(double.PositiveInfinity, 160, 0, 1)]
    [InlineData(1.1, 0, 0, 1)]
    [InlineData(1.1, 160, -1, 1)]
    [InlineData(1.1, 160, double.NaN, 1)]
    [InlineData(1.1, 160, 0, -1)]
    public void Invalid_native_histograms_are_errors_that_name_the_instrument(
        double factor, int buckets, double zero, int minutes)
    {
        var native = new NativeHistogramOptions
        {
            BucketFactor = factor,
            MaxBuckets = buckets,
            MaxZeroThreshold = zero,
            MinResetDuration = TimeSpan.FromMinutes(minutes),
        };
        var error = Assert.Throws<ArgumentException>(
            () => PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions { NativeHistograms = { ["an.instrument"] = native } }));
        Assert.Contains("an.instrument", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Invalid_arguments_are_errors()
    {
        Assert.Throws<ArgumentException>(() => PrometheusMetrics.Wrap(MetricsServer.Hello, port: 0));
        Assert.Throws<ArgumentException>(() => PrometheusMetrics.Wrap(MetricsServer.Hello, port: 65_536));
        Assert.Throws<ArgumentException>(() => PrometheusMetrics.Wrap(MetricsServer.Hello, path: "metrics"));
        Assert.Throws<ArgumentException>(() => PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions { CardinalityLimit = 0 }));
        Assert.Throws<ArgumentException>(
            () => PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions { CardinalityLimits = { ["a"] = 0 } }));
        Assert.Throws<ArgumentException>(() => PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions { MaxScrapesInFlight = 0 }));
        Assert.Throws<ArgumentException>(
            () => PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions { CallbackTimeout = TimeSpan.Zero }));
        Assert.Throws<ArgumentException>(
            () => PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions { CacheLifetime = TimeSpan.FromSeconds(-1) }));
        Assert.Throws<ArgumentNullException>(() => PrometheusMetrics.Wrap(null!));
    }

    [Fact]
    public async Task Options_are_read_once()
    {
        var options = new MetricsOptions();
        await using var server = await MetricsServer.StartAsync(port =>
        {
            options.Port = port;
            var chain = PrometheusMetrics.Wrap(MetricsServer.Hello, options);
            options.Port = 1;
            options.Path = "/other";
            options.Meters.Clear();
            return chain;
        });
        Assert.Contains("dotnet_", await server.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_logger_comes_from_the_services()
    {
        var log = new RecordingLogger();
        using var services = Services.WithLog(log);
        using var meter = new Meter(TestCollector.NewMeterName());
        meter.CreateObservableGauge("bad", () => meter.Name.Length > 0 ? throw new InvalidOperationException("broken") : 1);
        await using var server = await MetricsServer.StartAsync(
            options =>
            {
                options.ApplicationMeters = false;
                options.Meters.Add(meter.Name);
            },
            services: services);
        await server.ScrapeAsync();
        Assert.Contains(
            log.Entries, entry => entry.Message.Contains(meter.Name, StringComparison.Ordinal) && entry.Exception?.Message == "broken");
    }
}
