// Owns: the dashboard in a browser.

using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using TinyHost.Dashboard.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Dashboard.Tests;

public sealed class DashboardTests(Chromium chromium) : IClassFixture<Chromium>
{
    // Whether a canvas shows more than its axes, which are gray.
    private const string IsDrawn = """
        canvas => {
            const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
            copy.drawImage(canvas, 0, 0);
            const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
            for (let i = 0; i < pixels.length; i += 4) {
                const color = pixels.slice(i, i + 3);
                if (pixels[i + 3] > 200 && Math.max(...color) - Math.min(...color) > 60) return true;
            }
            return false;
        }
        """;

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task The_charts_show_the_load_in_both_themes_and_nothing_is_reported(ColorScheme theme)
    {
        await using var server = await WatchedServer.StartAsync();
        server.BeginLoad();
        var (page, reports) = await chromium.OpenAsync(server.DashboardUrl, options =>
        {
            options.ColorScheme = theme;
            options.ViewportSize = new ViewportSize { Width = 1_300, Height = 1_600 };
        });
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("Live");
        foreach (var (chart, series) in ((string, string)[])[
            ("requests", "GET /hello 200"), ("requests", "GET (no route) 404"), ("errors", "404"), ("errors", "500"), ("rpc", "add")])
        {
            await WaitForValueAsync(page, chart, series);
        }

        foreach (var chart in (string[])[
            "requests", "latency", "heat", "errors", "connections", "rpc", "rpc_latency", "cpu", "memory", "gc", "pauses", "pool",
            "scrapes"])
        {
            var figure = page.Locator($"#chart-{chart}");
            await figure.ScrollIntoViewIfNeededAsync();
            await Assertions.Expect(figure).ToBeVisibleAsync();
        }

        foreach (var chart in (string[])["requests", "latency", "heat", "memory"])
        {
            await page.Locator($"#chart-{chart}").ScrollIntoViewIfNeededAsync();
            var canvas = await page.Locator($"#chart-{chart} canvas").ElementHandleAsync();
            await page.WaitForFunctionAsync(IsDrawn, canvas);
        }

        await Assertions.Expect(page.Locator("#health li").First).ToHaveClassAsync("healthy");
        await Assertions.Expect(page.Locator("#values tr").Filter(new() { HasText = "GET /hello 200" })).ToHaveCountAsync(1);
        await page.EvaluateAsync("scrollTo(0, 0)");
        await page.ScreenshotAsync(new PageScreenshotOptions
        {
            Path = Path.Combine(Repository.Root, "artifacts", "dashboard", theme == ColorScheme.Dark ? "dark.png" : "light.png"),
        });
        var violations = (await page.RunAxe()).Violations;
        Assert.Empty(violations.Select(violation =>
            $"{violation.Id}: {string.Join("; ", violation.Nodes.Select(node => $"{node.Html} {node.Target}"))}"));
        Assert.Empty(reports);
    }

    [Fact]
    public async Task A_phone_shows_everything_within_its_width()
    {
        await using var server = await WatchedServer.StartAsync();
        server.BeginLoad();
        var (page, _) = await chromium.OpenAsync(
            server.DashboardUrl, options => options.ViewportSize = new ViewportSize { Width = 360, Height = 740 });
        await WaitForValueAsync(page, "requests", "GET /hello 200");
        await Assertions.Expect(page.Locator("#series tr").First).ToBeVisibleAsync();
        Assert.Empty(await page.EvaluateAsync<string[]>("""
            [...document.querySelectorAll("body *")]
                .filter(element => !element.parentElement.closest(".wide") && element.getBoundingClientRect().right > innerWidth + 0.5)
                .map(element => element.outerHTML.slice(0, 200))
            """));
        Assert.Equal(360, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        var figure = await page.Locator("#chart-requests").BoundingBoxAsync();
        Assert.InRange(figure!.Width, 300, 360);
    }

    [Fact]
    public async Task Without_scripts_there_is_a_table_of_values_and_health()
    {
        await using var server = await WatchedServer.StartAsync(
            metrics => metrics.Health.Add("database", _ => Task.FromResult(HealthResult.Degraded("slow"))));
        var (page, reports) = await chromium.OpenAsync(server.DashboardUrl, options => options.JavaScriptEnabled = false);
        await Assertions.Expect(page.Locator("#values tr").Filter(new() { HasText = "resident" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("database: degraded: slow")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#unscripted")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#drawn")).ToBeHiddenAsync();
        await Assertions.Expect(page.Locator("#searched")).ToBeHiddenAsync();
        await Assertions.Expect(page.Locator("#controls")).ToBeHiddenAsync();
        Assert.Empty(reports);
    }

    [Fact]
    public async Task Health_changes_while_the_page_is_open()
    {
        var result = HealthResult.Healthy;
        await using var server = await WatchedServer.StartAsync(
            metrics => metrics.Health.Add("database", _ => Task.FromResult(result)));
        var (page, reports) = await chromium.OpenAsync(server.DashboardUrl);
        await Assertions.Expect(page.GetByText("database: healthy")).ToBeVisibleAsync();
        result = HealthResult.Unhealthy("connection refused");
        await Assertions.Expect(page.GetByText("database: unhealthy: connection refused")).ToBeVisibleAsync();
        Assert.Empty(reports);
    }

    [Fact]
    public async Task Five_thousand_series_are_searched_and_shown_in_parts()
    {
        using var meter = new Meter("Dashboard.Test");
        await using var server = await WatchedServer.StartAsync(metrics => metrics.CardinalityLimit = 10_000);
        var counter = meter.CreateCounter<long>("many");
        for (var i = 0; i < 5_000; i++)
        {
            counter.Add(i, new KeyValuePair<string, object?>("name", $"n{i}"));
        }

        var (page, reports) = await chromium.OpenAsync(server.DashboardUrl);
        await Assertions.Expect(page.Locator("#found")).ToContainTextAsync("the first 200 shown");
        await Assertions.Expect(page.Locator("#series tr")).ToHaveCountAsync(200);
        await page.Locator("#search").FillAsync("MANY name n4321");
        await Assertions.Expect(page.Locator("#series tr")).ToHaveTextAsync(["""many_total{name="n4321"}4321"""]);
        await Assertions.Expect(page.Locator("#found")).ToHaveTextAsync(new Regex("^1 of 5[0-9]{3} series$"));
        await page.Locator("#search").FillAsync("many");
        await page.Locator("#more").ClickAsync();
        await Assertions.Expect(page.Locator("#series tr")).ToHaveCountAsync(400);
        Assert.Empty(reports);
    }

    [Fact]
    public async Task A_lost_connection_is_told_and_leaves_a_gap()
    {
        var port = FreePort.Next();
        IPage page;
        await using (var server = await WatchedServer.StartAsync(metricsPort: port))
        {
            (page, _) = await chromium.OpenAsync(server.DashboardUrl);
            await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("Live");
            await WaitForValueAsync(page, "connections", "open");
        }

        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("Connection lost. Trying again.");
        // A gap is a whole second without a value, so the next server must not start within the one after.
        await page.WaitForFunctionAsync("since => Date.now() >= since + 3000", await page.EvaluateAsync<double>("() => Date.now()"));
        await using var next = await WatchedServer.StartAsync(metricsPort: port);
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("Live");
        await WaitForValueAsync(page, "connections", "open");

        // Back through time: values, the gap, and values again.
        var button = page.Locator("#chart-connections button");
        await button.FocusAsync();
        var seen = "";
        for (var i = 0; i < 600 && !seen.Contains("vgv", StringComparison.Ordinal); i++)
        {
            await button.PressAsync("ArrowLeft");
            await page.EvaluateAsync("() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))");
            var kind = await ValueOf(page, "connections", "open").TextContentAsync() == "–" ? "g" : "v";
            seen += seen.EndsWith(kind, StringComparison.Ordinal) ? "" : kind;
        }

        Assert.Contains("vgv", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_scrape_leaves_no_old_values_in_the_table()
    {
        using var meter = new Meter("Dashboard.Test");
        var fails = false;
        meter.CreateObservableGauge("shaky", () => fails ? throw new InvalidOperationException("It fails.") : 5);
        await using var server = await WatchedServer.StartAsync(metrics => metrics.FailOnError = true);
        var (page, _) = await chromium.OpenAsync(server.DashboardUrl);
        await page.Locator("#search").FillAsync("shaky");
        await Assertions.Expect(page.Locator("#series tr")).ToHaveTextAsync(["shaky5"]);
        fails = true;
        await page.Locator("#reload").ClickAsync();
        await Assertions.Expect(page.Locator("#found")).ToContainTextAsync("The scrape failed: ");
        await Assertions.Expect(page.Locator("#series tr")).ToHaveTextAsync(["shaky–"]);
    }

    [Fact]
    public async Task A_click_and_the_keyboard_copy_the_PromQL_of_a_chart()
    {
        await using var server = await WatchedServer.StartAsync();
        var (page, reports) = await chromium.OpenAsync(server.DashboardUrl);
        await page.Locator("#chart-memory canvas").ClickAsync();
        await Assertions.Expect(page.Locator("#copied")).ToHaveTextAsync("Copied: process_resident_memory_bytes");
        Assert.Equal("process_resident_memory_bytes", await page.EvaluateAsync<string>("navigator.clipboard.readText()"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Copy PromQL: Processor time" }).PressAsync("Enter");
        await Assertions.Expect(page.Locator("#copied")).ToHaveTextAsync("Copied: rate(process_cpu_seconds_total[1m])");
        Assert.Empty(reports);
    }

    [Fact]
    public async Task A_saved_file_shows_its_data_from_a_disk()
    {
        await using var server = await WatchedServer.StartAsync();
        server.BeginLoad();
        var (page, _) = await chromium.OpenAsync(server.DashboardUrl);
        await WaitForValueAsync(page, "requests", "GET /hello 200");
        var download = await page.RunAndWaitForDownloadAsync(() => page.Locator("#save").ClickAsync());
        var file = Path.Combine(Path.GetTempPath(), $"dashboard-{Guid.NewGuid():N}.html");
        await download.SaveAsAsync(file);
        try
        {
            var (saved, reports) = await chromium.OpenAsync(new Uri(file).AbsoluteUri);
            await Assertions.Expect(saved.Locator("#state")).ToContainTextAsync("Saved at ");
            await Assertions.Expect(ValueOf(saved, "requests", "GET /hello 200")).Not.ToHaveTextAsync("–");
            await saved.WaitForFunctionAsync(IsDrawn, await saved.Locator("#chart-requests canvas").ElementHandleAsync());
            await Assertions.Expect(saved.Locator("#reload")).ToBeHiddenAsync();
            await saved.Locator("#search").FillAsync("http_server_request_duration_seconds_count /hello");
            await Assertions.Expect(saved.Locator("#series tr")).ToHaveCountAsync(1);
            Assert.Empty(reports);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("?save")]
    public async Task Markup_in_names_labels_help_and_reasons_is_text(string query)
    {
        const string markup = "</script><img src=x onerror=alert(1)>\"'`{{title}}";
        using var meter = new Meter("Dashboard.Test");
        await using var server = await WatchedServer.StartAsync(metrics =>
            metrics.Health.Add("da<b>ta", _ => Task.FromResult(HealthResult.Unhealthy(markup))));
        meter.CreateCounter<long>("odd", description: markup).Add(1, new KeyValuePair<string, object?>("n", markup));
        meter.CreateCounter<long>("tinyhost.requests.rejected").Add(1, new KeyValuePair<string, object?>("reason", markup));
        var (page, reports) = await chromium.OpenAsync(server.DashboardUrl);
        await Assertions.Expect(page.Locator("#chart-rejected .legend li").First).ToContainTextAsync("<img");
        if (query.Length > 0)
        {
            // As a page that somebody serves, with the policy that is in the file.
            using var client = new HttpClient();
            var saved = await client.GetStringAsync(new Uri(server.DashboardUrl + query), TestContext.Current.CancellationToken);
            Assert.Empty(reports);
            (page, reports) = await chromium.OpenAsync("about:blank");
            await page.SetContentAsync(saved);
        }

        await Assertions.Expect(page.Locator("#health li.unhealthy")).ToHaveTextAsync($"da<b>ta: unhealthy: {markup}");
        await Assertions.Expect(page.Locator("#values tr").Filter(new() { HasText = "<img" })).ToHaveCountAsync(1);
        await page.Locator("#search").FillAsync("odd_total");
        await Assertions.Expect(page.Locator("#series th")).ToContainTextAsync("<img src=x");
        Assert.Equal(0, await page.EvaluateAsync<int>("document.querySelectorAll('img, li b b').length"));
        Assert.Empty(reports);
    }

    [Fact]
    public async Task It_works_over_TLS()
    {
        using var certificate = new TestAuthority().Issue();
        await using var server = await WatchedServer.StartAsync(certificate: certificate);
        var (page, reports) = await chromium.OpenAsync(server.DashboardUrl);
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("Live");
        await Assertions.Expect(page.Locator("#series tr").First).ToBeVisibleAsync();
        Assert.Empty(reports);
    }

    [Fact]
    public async Task It_works_behind_a_proxy_that_adds_a_prefix_to_the_path()
    {
        await using var server = await WatchedServer.StartAsync();
        await using var proxy = await PrefixProxy.StartAsync("/ops/shop", new Uri(server.DashboardUrl));
        var (page, reports) = await chromium.OpenAsync($"{proxy.Url}/dashboard");
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("Live");
        await Assertions.Expect(page.Locator("#series tr").First).ToBeVisibleAsync();
        await WaitForValueAsync(page, "connections", "open");
        Assert.Empty(reports);
        await page.GotoAsync("about:blank");
    }

    private static ILocator ValueOf(IPage page, string chart, string series) => page.Locator($"#chart-{chart} .legend li")
        .Filter(new() { HasText = series }).Locator("b");

    // The series appears, and its value is above zero.
    private static Task WaitForValueAsync(IPage page, string chart, string series) =>
        Assertions.Expect(ValueOf(page, chart, series)).ToHaveTextAsync(new Regex("^[0-9.]*[1-9]"));
}
