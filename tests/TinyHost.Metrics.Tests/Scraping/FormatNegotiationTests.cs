using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class FormatNegotiationTests
{
    private const string Text004 = "text/plain; version=0.0.4; charset=utf-8";
    private const string Text100 = "text/plain; version=1.0.0; charset=utf-8";
    private const string OpenMetrics001 = "application/openmetrics-text; version=0.0.1; charset=utf-8";
    private const string OpenMetrics100 = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    private const string OpenMetrics200 = "application/openmetrics-text; version=2.0.0; charset=utf-8";
    private const string Protobuf = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
    private const string AskedForProtobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

    [Theory]
    [InlineData(null, Text004)]
    [InlineData("", Text004)]
    [InlineData("*/*", Text004)]
    [InlineData("text/*", Text004)]
    [InlineData("application/*;q=1, text/plain;q=0.1", Text004)]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Text004)]
    [InlineData("application/json", Text004)]
    [InlineData("text/plain", Text004)]
    [InlineData("text/plain;version=0.0.4", Text004)]
    [InlineData("text/plain;version=0.0.3", Text004)]
    [InlineData("application/openmetrics-text", OpenMetrics100)]
    [InlineData("APPLICATION/OpenMetrics-Text; VERSION=\"1.0.0\"", OpenMetrics100)]
    [InlineData("application/openmetrics-text;version=0.0.1", OpenMetrics001)]
    [InlineData("application/openmetrics-text;version=2.0.0", OpenMetrics200)]
    [InlineData("application/openmetrics-text;version=2.0.0-rc0", OpenMetrics200)]
    [InlineData("application/openmetrics-text;version=2.0.0;escaping=allow-utf-8", OpenMetrics200 + "; escaping=allow-utf-8")]
    [InlineData("application/openmetrics-text;version=2.0.0;q=0.5,application/openmetrics-text;version=1.0.0;q=0.6", OpenMetrics100)]
    [InlineData("application/openmetrics-text;version=3.0.0", Text004)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0", Text004)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.6", Text004)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.6,text/plain;q=0.6", OpenMetrics100)]
    [InlineData("text/plain;version=1.0.0", Text100)]
    [InlineData("text/plain;version=1.0.0;escaping=underscores", Text100 + "; escaping=underscores")]
    [InlineData("text/plain;version=1.0.0;escaping=dots", Text100 + "; escaping=dots")]
    [InlineData("text/plain;version=1.0.0;escaping=values", Text100 + "; escaping=values")]
    [InlineData("text/plain;version=1.0.0;escaping=allow-utf-8", Text100 + "; escaping=allow-utf-8")]
    [InlineData("text/plain;version=1.0.0;escaping=braille", Text100 + "; escaping=underscores")]
    [InlineData("text/plain;version=0.0.4;escaping=allow-utf-8", Text004)]
    [InlineData(AskedForProtobuf, Protobuf)]
    [InlineData("Application/vnd.google.Protobuf; Proto=\"io.prometheus.client.MetricFamily\"; Encoding=delimited", Protobuf)]
    [InlineData(AskedForProtobuf + ";escaping=underscores", Protobuf + "; escaping=underscores")]
    [InlineData(AskedForProtobuf + ";escaping=allow-utf-8", Protobuf + "; escaping=allow-utf-8")]
    [InlineData(AskedForProtobuf + ";q=0", Text004)]
    [InlineData(AskedForProtobuf + ";q=0.3,text/plain;q=0.6", Text004)]
    [InlineData("application/vnd.google.protobuf", Text004)]
    [InlineData("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily", Text004)]
    [InlineData("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", Text004)]
    [InlineData("application/vnd.google.protobuf;proto=io.prometheus.client.Metric;encoding=delimited", Text004)]
    public void The_format_with_the_greatest_weight_is_chosen(string? accept, string expected) =>
        Assert.Equal(expected, ContentNegotiation.ChooseFormat(accept, underscores: false).ContentType);

    /// <summary>Accept fields sent by these Prometheus versions.</summary>
    [Theory]
    [InlineData(
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
        + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        OpenMetrics100)]
    [InlineData(
        "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
        + "text/plain;version=0.0.4;q=0.3,*/*;q=2",
        OpenMetrics100)]
    [InlineData("text/plain;version=0.0.4;q=0.3,*/*;q=2", Text004)]
    [InlineData(
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
        + "application/openmetrics-text;version=0.0.1;q=0.4,"
        + "text/plain;version=1.0.0;escaping=allow-utf-8;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,"
        + "*/*;q=0.1",
        OpenMetrics100 + "; escaping=allow-utf-8")]
    [InlineData(
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
        + "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
        + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        OpenMetrics100 + "; escaping=allow-utf-8")]
    [InlineData(
        AskedForProtobuf + ",application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,"
        + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        Protobuf)]
    [InlineData(
        AskedForProtobuf + ";escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
        + "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
        + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
        Protobuf + "; escaping=allow-utf-8")]
    public void Prometheus_gets_its_preferred_format(string accept, string expected) =>
        Assert.Equal(expected, ContentNegotiation.ChooseFormat(accept, underscores: false).ContentType);

    [Theory]
    [InlineData(",,,;;;q=;,/")]
    [InlineData("text/plain;q=abc")]
    [InlineData("text/plain;q=-1")]
    [InlineData("text/plain;q=NaN")]
    [InlineData("application/openmetrics-text;q=1e400x")]
    [InlineData("application/openmetrics-text;q=-1")]
    [InlineData("\"application/openmetrics-text")]
    [InlineData("application/openmetrics-text;version=\"1.0.0,text/plain")]
    [InlineData("\\\"\\")]
    [InlineData("text/plain;version=1.0.0;q=0.000")]
    public void A_malformed_field_gets_text_0_0_4(string accept) =>
        Assert.Equal(Text004, ContentNegotiation.ChooseFormat(accept, underscores: false).ContentType);

    [Fact]
    public void Any_field_gets_a_format()
    {
        var random = new Random(4);
        const string alphabet = "text/plain;,=\"\\ q0.19*-version escaping\0é";
        for (var i = 0; i < 20_000; i++)
        {
            var field = random.GetItems<char>(alphabet, random.Next(40));
            Assert.NotNull(ContentNegotiation.ChooseFormat(field, underscores: false));
        }
    }

    [Theory]
    [InlineData(null, "Protobuf OpenMetrics Text")]
    [InlineData("Text", "Text Text Text")]
    [InlineData("text,OPENMETRICS", "OpenMetrics OpenMetrics Text")]
    [InlineData(" Protobuf ", "Protobuf Text Text")]
    [InlineData("All", "Protobuf OpenMetrics Text")]
    public async Task Only_formats_of_the_setting_are_on_offer_and_text_always(string? setting, string expected)
    {
        using var services = setting is null ? Services.WithSettings() : Services.WithSettings(("TinyHost:Metrics:Formats", setting));
        await using var server = await MetricsServer.StartAsync(services: services);
        string[] accepts =
        [
            AskedForProtobuf + ",application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=1.0.0;q=0.5",
            "application/openmetrics-text;version=1.0.0,text/plain;version=1.0.0;q=0.5",
            "text/plain;version=1.0.0",
        ];
        foreach (var (accept, format) in accepts.Zip(expected.Split(' ')))
        {
            using var client = new HttpClient();
            client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);
            using var response = await client.GetAsync(
                new Uri($"http://127.0.0.1:{server.MetricsPort}/metrics"), TestContext.Current.CancellationToken);
            Assert.Equal(
                format switch { "Protobuf" => Protobuf, "OpenMetrics" => OpenMetrics100, _ => Text100 },
                Assert.Single(response.Content.Headers.GetValues("Content-Type")));
        }
    }

    [Theory]
    [InlineData(false, OpenMetrics200)]
    [InlineData(true, OpenMetrics100)]
    public async Task OpenMetrics_2_is_on_offer_unless_there_are_exporters(bool hasExporter, string expected)
    {
        await using var server = await MetricsServer.StartAsync(options =>
        {
            if (hasExporter)
            {
                options.Exporters.Add(new StandInExporter("a 1\n", "a 1\n# EOF\n"));
            }
        });
        await server.SendAsync("GET", server.AppPort, "/");
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation(
            "Accept", "application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=1.0.0;q=0.5");
        using var response = await client.GetAsync(
            new Uri($"http://127.0.0.1:{server.MetricsPort}/metrics"), TestContext.Current.CancellationToken);
        Assert.Equal(expected, Assert.Single(response.Content.Headers.GetValues("Content-Type")));
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        if (!hasExporter)
        {
            Assert.Contains(OpenMetrics2Reader.Read(text), sample => sample.Family == "http_server_request_duration_seconds");
        }

        Assert.EndsWith("# EOF\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Formats_can_be_set_as_an_array()
    {
        var options = new MetricsOptions();
        MetricsConfiguration.Apply(
            Services.Settings(("M:Formats:0", "Text"), ("M:Formats:1", "OpenMetrics")).GetSection("M"), options);
        Assert.Equal(MetricsFormats.Text | MetricsFormats.OpenMetrics, options.Formats);
    }

    [Fact]
    public void Unknown_formats_in_code_are_an_error()
    {
        var error = Assert.Throws<ArgumentException>(
            () => PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions { Formats = (MetricsFormats)8 }));
        Assert.Equal("Formats is 8; it must combine members of MetricsFormats.", error.Message);
    }

    [Fact]
    public void The_content_type_states_enforced_underscores() =>
        Assert.Equal(
            OpenMetrics100 + "; escaping=underscores",
            ContentNegotiation.ChooseFormat(
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8", underscores: true).ContentType);
}
