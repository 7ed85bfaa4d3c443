using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Dashboard;

[Collection(ServersAlone.Name)]
public sealed partial class DashboardPageTests
{
    [Fact]
    public void The_file_has_at_most_40_kB() => Assert.InRange(Encoding.UTF8.GetByteCount(DashboardPage.Text), 1_000, 40_000);

    [Fact]
    public void The_file_refers_to_nothing_outside()
    {
        Assert.DoesNotContain("http:", DashboardPage.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("https:", DashboardPage.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("//cdn", DashboardPage.Text, StringComparison.Ordinal);
        Assert.Empty(AbsoluteLink().Matches(DashboardPage.Text));
        Assert.DoesNotContain("style=\"", DashboardPage.Text, StringComparison.Ordinal);
        Assert.DoesNotMatch(" on[a-z]+=\"", DashboardPage.Text);
    }

    [Fact]
    public async Task The_policy_has_the_hashes_of_the_style_and_the_script_that_are_sent()
    {
        await using var server = await MetricsServer.StartAsync(options => options.Dashboard = true);
        var (status, page, response) = await server.SendAsync("GET", server.MetricsPort, "/dashboard");
        Assert.Equal((HttpStatusCode.OK, "text/html"), (status, response.Content.Headers.ContentType?.MediaType));
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; ", policy, StringComparison.Ordinal);
        Assert.Contains($"style-src '{HashOf(Style().Match(page).Groups[1].Value)}';", policy, StringComparison.Ordinal);
        Assert.Contains($"script-src '{HashOf(Script().Match(page).Groups[1].Value)}';", policy, StringComparison.Ordinal);
        Assert.Contains($"content=\"{DashboardPage.Policy}\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
        Assert.Equal(["nosniff"], response.Headers.GetValues("X-Content-Type-Options"));
        Assert.True(response.Headers.CacheControl?.NoStore);
    }

    [Fact]
    public async Task Without_a_script_it_is_a_table_of_values_and_health()
    {
        await using var server = await MetricsServer.StartAsync(options =>
        {
            options.Dashboard = true;
            options.Health.Add("database", _ => Task.FromResult(HealthResult.Unhealthy("refused <by> it")));
        });
        var page = await PageAsync(server);
        Assert.Contains("<li class=\"unhealthy\">database: unhealthy: refused &lt;by&gt; it</li>", page, StringComparison.Ordinal);
        Assert.Contains("<li class=\"healthy\">server.heartbeat: healthy</li>", page, StringComparison.Ordinal);
        Assert.Matches("<tr><td>Memory</td><th scope=\"row\">resident</th><td>(–|[0-9.E+]+ B)</td></tr>", page);
        Assert.Contains("<a id=\"exposition\" href=\"./metrics\">", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_off_by_default_and_then_there_is_no_page()
    {
        await using var server = await MetricsServer.StartAsync();
        var (status, content, _) = await server.SendAsync("GET", server.MetricsPort, "/dashboard");
        Assert.Equal(
            (HttpStatusCode.NotFound, "The dashboard is off. The setting TinyHost:Metrics:Dashboard turns it on.\n"), (status, content));
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", server.MetricsPort, "/dashboard/events")).Status);
        Assert.DoesNotContain("dashboard", await LandingAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_landing_page_links_to_it_and_requests_for_it_are_neither_of_the_app_nor_scrapes()
    {
        await using var server = await MetricsServer.StartAsync(options => options.Dashboard = true);
        Assert.Contains("<li><a href=\"./dashboard\">Dashboard</a></li>", await LandingAsync(server), StringComparison.Ordinal);
        await PageAsync(server);
        Assert.Equal("app\n", (await server.SendAsync("GET", server.AppPort, "/dashboard")).Content);
        var exposition = await server.ScrapeAsync();
        Assert.DoesNotContain("tinyhost_metrics_scrape_duration_seconds_count", exposition, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^http_server_request_duration_seconds_count\{[^}]*\} 1$", exposition);
    }

    [Theory]
    [InlineData("/dashboard")]
    [InlineData("/dashboard/events")]
    public async Task Other_methods_are_refused_and_HEAD_has_no_content(string path)
    {
        await using var server = await MetricsServer.StartAsync(options => options.Dashboard = true);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await server.SendAsync("POST", server.MetricsPort, path)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync("OPTIONS", server.MetricsPort, path)).Status);
        var (status, content, _) = await server.SendAsync("HEAD", server.MetricsPort, path);
        Assert.Equal((HttpStatusCode.OK, ""), (status, content));
    }

    [Theory]
    [InlineData("/dashboard/")]
    [InlineData("/Dashboard")]
    [InlineData("/dashboard/events/")]
    public async Task Other_paths_are_404(string path)
    {
        await using var server = await MetricsServer.StartAsync(options => options.Dashboard = true);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", server.MetricsPort, path)).Status);
    }

    [Fact]
    public async Task It_is_protected_like_the_metrics()
    {
        await using var server = await MetricsServer.StartAsync(options =>
        {
            options.Dashboard = true;
            options.Protect = auth => auth.Tokens((_, _) => Task.FromResult<System.Security.Claims.ClaimsPrincipal?>(null));
        });
        foreach (var path in (string[])["/dashboard", "/dashboard/events"])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.SendAsync("GET", server.MetricsPort, path)).Status);
        }
    }

    [Fact]
    public async Task It_can_be_saved_as_a_file_with_its_data()
    {
        await using var server = await MetricsServer.StartAsync(options => options.Dashboard = true);
        var (_, page, response) = await server.SendAsync("GET", server.MetricsPort, "/dashboard?save");
        Assert.Equal("attachment", response.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Matches(@"^""?[A-Za-z0-9._-]+-\d{8}T\d{6}Z\.html""?$", response.Content.Headers.ContentDisposition?.FileName!);
        Assert.Contains("{\"live\":false,", page, StringComparison.Ordinal);
        Assert.Contains("{\"live\":true,", await PageAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_saved_page_has_the_first_series_of_a_scrape_in_a_form_that_ends_no_script()
    {
        using var meter = new System.Diagnostics.Metrics.Meter("Dashboard.Saved");
        await using var server = await MetricsServer.StartAsync(options =>
            (options.Dashboard, options.CardinalityLimit) = (true, 10_000));
        var counter = meter.CreateCounter<long>("a.first", description: "</script><script>alert(1)</script>");
        counter.Add(7, new KeyValuePair<string, object?>("n", "</script><img src=x onerror=alert(1)>"));
        var (text, isCut, fault) = await SavedAsync(server);
        Assert.Contains("a_first_total{n=\"</script><img src=x onerror=alert(1)>\"} 7\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("#", text, StringComparison.Ordinal);
        Assert.Equal((false, null), (isCut, fault));
        for (var i = 0; i < 5_500; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("n", i));
        }

        (text, isCut, _) = await SavedAsync(server);
        Assert.True(isCut);
        Assert.Equal(SavedSeries.MaxSeries, text.Count('\n'));
        Assert.Contains("\"series\":null", await PageAsync(server), StringComparison.Ordinal);
        Assert.Matches(@"(?m)^tinyhost_metrics_scrape_duration_seconds_count 2$", await server.ScrapeAsync());
    }

    [Fact]
    public async Task A_page_is_saved_even_if_its_scrape_fails()
    {
        using var meter = new System.Diagnostics.Metrics.Meter("Dashboard.Saved");
        await using var server = await MetricsServer.StartAsync(options => (options.Dashboard, options.FailOnError) = (true, true));
        meter.CreateObservableGauge("shaky", int () => throw new InvalidOperationException("It fails."));
        var (text, _, fault) = await SavedAsync(server);
        Assert.Equal("", text);
        Assert.Contains("shaky", fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Conditions_and_ranges_of_requests_are_ignored()
    {
        await using var server = await MetricsServer.StartAsync(options => options.Dashboard = true);
        using var client = new HttpClient();
        foreach (var (name, value) in ((string, string)[])[
            ("If-None-Match", "*"), ("If-Modified-Since", "Fri, 31 Dec 2100 23:59:59 GMT"), ("Range", "bytes=0-9")])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{server.MetricsPort}/dashboard");
            request.Headers.TryAddWithoutValidation(name, value);
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.EndsWith(
                "</html>", (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).TrimEnd(),
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/metrics", "Dashboard is on, but the metrics at /metrics share their port with the app")]
    public void Without_a_port_of_the_metrics_there_is_none(string path, string message)
    {
        var error = Assert.Throws<ArgumentException>(
            () => PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions { Path = path, Dashboard = true }));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dashboard")]
    [InlineData("/dashboard/events")]
    public void The_metrics_cannot_have_its_path(string path)
    {
        var options = new MetricsOptions { Port = 9100, Path = path };
        Assert.NotNull(PrometheusMetrics.Wrap(MetricsServer.Hello, options));
        options.Dashboard = true;
        var error = Assert.Throws<ArgumentException>(() => PrometheusMetrics.Wrap(MetricsServer.Hello, options));
        Assert.Equal($"The metrics path is '{path}', which the dashboard has; give the metrics another.", error.Message);
    }

    [Fact]
    public void Too_little_memory_is_an_error()
    {
        var error = Assert.Throws<ArgumentException>(
            () => PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions { DashboardMemory = 4_095 }));
        Assert.Equal("DashboardMemory is 4095; it must be at least 4096 bytes.", error.Message);
    }

    private static async Task<string> PageAsync(MetricsServer server)
    {
        var (status, content, _) = await server.SendAsync("GET", server.MetricsPort, "/dashboard");
        Assert.Equal(HttpStatusCode.OK, status);
        return content;
    }

    private static async Task<(string Text, bool IsCut, string? Fault)> SavedAsync(MetricsServer server)
    {
        var (status, page, _) = await server.SendAsync("GET", server.MetricsPort, "/dashboard?save");
        Assert.Equal(HttpStatusCode.OK, status);
        var start = page.IndexOf("id=\"data\">", StringComparison.Ordinal) + "id=\"data\">".Length;
        using var data = System.Text.Json.JsonDocument.Parse(page[start..page.IndexOf("</script>", start, StringComparison.Ordinal)]);
        var series = data.RootElement.GetProperty("series");
        return (series[0].GetString()!, series[1].GetBoolean(), series[2].GetString());
    }

    private static async Task<string> LandingAsync(MetricsServer server)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        return await client.GetStringAsync(
            new Uri($"http://127.0.0.1:{server.MetricsPort}/"), TestContext.Current.CancellationToken);
    }

    private static string HashOf(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();

    [GeneratedRegex("<script>(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex("(?:href|src)=\"/")]
    private static partial Regex AbsoluteLink();
}
