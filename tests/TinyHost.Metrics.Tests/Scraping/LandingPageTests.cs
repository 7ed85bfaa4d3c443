using System.Net;
using System.Xml.Linq;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class LandingPageTests
{
    private const string Chromium =
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
        + "application/signed-exchange;v=b3;q=0.7";

    [Theory]
    [InlineData(Chromium)]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")]
    [InlineData("text/html")]
    [InlineData("TEXT/HTML; charset=utf-8")]
    [InlineData("text/html, */*")]
    [InlineData("text/plain;q=0.5, text/html;q=0.6")]
    [InlineData("application/json, text/html;q=0.1")]
    public void Browsers_prefer_the_page(string accept) => Assert.True(LandingPage.IsPreferred(accept));

    [Theory]
    [InlineData("")]
    [InlineData("*/*")]
    [InlineData("text/*")]
    [InlineData("text/html;q=0")]
    [InlineData("text/html;q=0.5, */*")]
    [InlineData("text/html;q=0.5, text/*;q=0.6")]
    [InlineData("text/plain, text/html")]
    [InlineData("text/html, text/plain;version=0.0.4")]
    [InlineData("text/html;q=0.9, application/openmetrics-text;version=1.0.0")]
    [InlineData("text/html;q=0.9, application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")]
    [InlineData("application/xhtml+xml")]
    [InlineData("text/htmlx")]
    [InlineData("text/html;q=x, */*")]
    [InlineData("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1")]
    [InlineData("text/plain;version=0.0.4;q=0.3,*/*;q=2")]
    public void Scrapers_do_not(string accept) => Assert.False(LandingPage.IsPreferred(accept));

    [Fact]
    public async Task A_browser_gets_a_page_with_the_version_and_links_that_lead_somewhere()
    {
        await using var server = await MetricsServer.StartAsync(options => options.Path = "/a&b'\"<é>/stats");
        var (status, content, response) = await SendAsync(server, "/", Chromium);
        Assert.Equal((HttpStatusCode.OK, "text/html"), (status, response.Content.Headers.ContentType?.MediaType));
        Assert.Equal(["Accept"], response.Headers.Vary);
        Assert.Equal(
            ["default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"],
            response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("<!DOCTYPE html>\n", content, StringComparison.Ordinal);
        Assert.Contains($"on .NET {Environment.Version}.", content, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", content, StringComparison.Ordinal);
        Assert.DoesNotContain("style", content, StringComparison.Ordinal);

        // Its elements are closed, except for those that have no end tag.
        var page = XDocument.Parse(System.Text.RegularExpressions.Regex.Replace(content, "<meta([^>]*)>", "<meta$1/>"));
        string[] links = [.. page.Descendants("a").Select(link => (string)link.Attribute("href")!)];
        Assert.Equal(3, links.Length);
        var root = new Uri($"http://127.0.0.1:{server.MetricsPort}/");
        foreach (var link in links)
        {
            var (linked, text, _) = await SendAsync(server, new Uri(root, link).PathAndQuery, Chromium);
            Assert.Equal(HttpStatusCode.OK, linked);
            Assert.Equal(link == links[0], text.Contains("process_cpu_seconds_total", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("/", "*/*")]
    [InlineData("/", null)]
    [InlineData("/", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")]
    [InlineData("/metrics", Chromium)]
    public async Task Everything_else_gets_the_exposition(string path, string? accept)
    {
        await using var server = await MetricsServer.StartAsync();
        var (status, content, response) = await SendAsync(server, path, accept);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("process_cpu_seconds_total ", content, StringComparison.Ordinal);
        Assert.Contains("Accept", response.Headers.Vary);
    }

    [Fact]
    public async Task A_browser_gets_the_exposition_where_its_path_is_the_root()
    {
        await using var server = await MetricsServer.StartAsync(options => options.Path = "/");
        Assert.Contains("process_cpu_seconds_total ", (await SendAsync(server, "/", Chromium)).Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_port_of_its_own_there_is_neither_a_page_nor_a_health_check()
    {
        await using var server = await MetricsServer.StartAsync(_ => new Pipeline().UseMetrics(path: "/metrics").Run(MetricsServer.Hello));
        foreach (var path in (string[])["/", "/-/healthy", "/-/ready"])
        {
            Assert.Equal("app\n", (await SendAsync(server, path, Chromium)).Content);
        }
    }

    [Fact]
    public async Task The_page_and_the_health_checks_are_no_scrapes()
    {
        await using var server = await MetricsServer.StartAsync();
        await SendAsync(server, "/", Chromium);
        await SendAsync(server, "/-/healthy", null);
        await SendAsync(server, "/-/ready", null);
        Assert.DoesNotContain("tinyhost_metrics_scrape_duration_seconds_count", await server.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/-/healthy", "Healthy.\n")]
    [InlineData("/-/ready", "Ready.\n")]
    public async Task Health_checks_answer_200(string path, string expected)
    {
        await using var server = await MetricsServer.StartAsync();
        var (status, content, response) = await server.SendAsync("GET", server.MetricsPort, path);
        Assert.Equal((HttpStatusCode.OK, expected), (status, content));
        Assert.True(response.Headers.CacheControl!.NoStore);
        (status, content, _) = await server.SendAsync("HEAD", server.MetricsPort, path);
        Assert.Equal((HttpStatusCode.OK, ""), (status, content));
        (status, _, response) = await server.SendAsync("POST", server.MetricsPort, path);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, status);
        Assert.Equal(["GET", "HEAD", "OPTIONS"], response.Content.Headers.Allow);
        Assert.Equal("app\n", (await server.SendAsync("GET", server.AppPort, path)).Content);
    }

    [Theory]
    [InlineData("/-/")]
    [InlineData("/-/healthy/")]
    [InlineData("/-/live")]
    public async Task Other_paths_below_are_404(string path)
    {
        await using var server = await MetricsServer.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", server.MetricsPort, path)).Status);
    }

    private static async Task<(HttpStatusCode Status, string Content, HttpResponseMessage Response)> SendAsync(
        MetricsServer server, string path, string? accept)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{server.MetricsPort}{path}");
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        var response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(), response);
    }
}
