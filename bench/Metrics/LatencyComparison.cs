// Owns: comparing the latency of an app with and without concurrent scrapes of very many series.

using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace TinyHost.Metrics.Benchmarks;

internal static partial class LatencyComparison
{
    private const int Seconds = 2;

    private static readonly int[] s_connections = [4, 64];

    internal static async Task RunAsync(Report report, int rounds)
    {
        report.Line($"## App latency while {ScrapedApp.Series:N0} series are scraped");
        report.Line();
        report.Line(
            $"wrk with one thread for {Seconds} s at a time, in turn without scrapes and with back-to-back scrapes of the metrics port. "
            + "p99 in µs: median over the rounds (min–max), and median of the ratios within each round.");
        report.Line();
        List<string[]> rows = [];
        foreach (var inline in (bool[])[false, true])
        {
            var environment = new Dictionary<string, string> { ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = inline ? "1" : "0" };
            using var app = PeerProcess.Start("The app", "app", [Environment.ProcessPath!], environment);
            foreach (var connections in s_connections)
            {
                rows.Add(await CompareAsync(app, connections, rounds, inline ? "inline completions" : "default"));
            }
        }

        report.Table(
            [
                "", "connections", "requests/s", "p99 alone",
                "requests/s, scraped", "p99, scraped", "÷ alone", "scrapes/s",
                "requests/s, scraped with gzip", "p99, scraped with gzip", "÷ alone", "scrapes/s",
            ],
            rows);
    }

    private static async Task<string[]> CompareAsync(PeerProcess app, int connections, int rounds, string mode)
    {
        using var scraper = new Scraper();
        Results alone = new(), scraped = new(), compressed = new();
        // Round -1 is the warm-up.
        for (var round = -1; round < rounds; round++)
        {
            Results Keep(Results results) => round < 0 ? new Results() : results;
            await LoadAsync(app, connections, Keep(alone), null);
            await LoadAsync(app, connections, Keep(scraped), () => scraper.ScrapeAsync(app.SecondPort, gzip: false));
            await LoadAsync(app, connections, Keep(compressed), () => scraper.ScrapeAsync(app.SecondPort, gzip: true));
        }

        return
        [
            mode, connections.ToString(CultureInfo.InvariantCulture), alone.Rate.ShowMedian("0"), alone.Latency.Show("0"),
            .. WithScrapes(scraped), .. WithScrapes(compressed),
        ];

        string[] WithScrapes(Results results) =>
        [
            results.Rate.ShowMedian("0"),
            results.Latency.Show("0"),
            results.Latency.ShowRatio(alone.Latency),
            results.Scrapes.ShowMedian("0"),
        ];
    }

    private static async Task LoadAsync(PeerProcess app, int connections, Results results, Func<Task<long>>? scrape)
    {
        string[] arguments = ["-t1", $"-c{connections}", $"-d{Seconds}s", "--latency", $"http://127.0.0.1:{app.Port}/"];
        using var wrk = Process.Start(new ProcessStartInfo("wrk", arguments) { RedirectStandardOutput = true })!;
        var output = wrk.StandardOutput.ReadToEndAsync();
        var scrapes = 0;
        for (; scrape is not null && !output.IsCompleted; scrapes++)
        {
            await scrape();
        }

        var text = await output;
        await wrk.WaitForExitAsync();
        var latency = Percentile().Match(text);
        var rate = Rate().Match(text);
        if (!latency.Success || !rate.Success || text.Contains("Non-2xx", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"wrk failed:\n{text}");
        }

        double unit = latency.Groups[2].Value switch { "us" => 1, "ms" => 1_000, _ => 1_000_000 };
        results.Latency.Add(double.Parse(latency.Groups[1].Value, CultureInfo.InvariantCulture) * unit);
        results.Rate.Add(double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture));
        results.Scrapes.Add((double)scrapes / Seconds);
    }

    [GeneratedRegex(@"99%\s+([0-9.]+)(us|ms|s)")]
    private static partial Regex Percentile();

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex Rate();

    private sealed class Results
    {
        internal Figures Latency { get; } = new();

        internal Figures Rate { get; } = new();

        internal Figures Scrapes { get; } = new();
    }
}
