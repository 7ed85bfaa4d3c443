using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class NegotiationTests
{
    [Theory]
    [InlineData("*/*", "text/plain; version=0.0.4; charset=utf-8", "\na_b_total 1\n", "")]
    [InlineData("application/openmetrics-text;version=1.0.0", "application/openmetrics-text; version=1.0.0; charset=utf-8",
        "\na_b_total 1\n", "# EOF\n")]
    [InlineData(
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
        "\n{\"a.b_total\"} 1\n",
        "# EOF\n")]
    [InlineData(
        "text/plain;version=1.0.0;escaping=dots", "text/plain; version=1.0.0; charset=utf-8; escaping=dots", "\na_dot_b__total 1\n", "")]
    [InlineData(";;;q=,\"", "text/plain; version=0.0.4; charset=utf-8", "\na_b_total 1\n", "")]
    [InlineData("image/png", "text/plain; version=0.0.4; charset=utf-8", "\na_b_total 1\n", "")]
    public async Task The_response_has_the_negotiated_format_and_content_type(string accept, string contentType, string line, string end)
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        await using var server = await MetricsServer.StartAsync(options =>
        {
            options.ApplicationMeters = false;
            options.UnderscoreNames = false;
            options.Meters.Add(meter.Name);
        });
        meter.CreateCounter<int>("a.b").Add(1);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{server.MetricsPort}/metrics");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(contentType, string.Join("", response.Content.Headers.GetValues("Content-Type")));
        Assert.Contains(line, text, StringComparison.Ordinal);
        Assert.EndsWith(end, text, StringComparison.Ordinal);
        Assert.Contains("Accept", response.Headers.Vary);
    }
}
