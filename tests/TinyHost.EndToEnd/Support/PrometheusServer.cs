// Owns: a real Prometheus: scraping and queries.

using System.Globalization;
using System.Text.Json;

namespace TinyHost.EndToEnd.Support;

internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly ChildProcess _process;
    private readonly HttpClient _http;

    private PrometheusServer(TemporaryDirectory directory, ChildProcess process, int port)
    {
        _directory = directory;
        _process = process;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = Deadline.Limit };
    }

    /// <summary>Starts a server that scrapes <paramref name="targetPort"/> on the loopback interface once a second.</summary>
    public static Task<PrometheusServer> StartAsync(int targetPort, params string[] arguments) =>
        StartAsync([("app", targetPort)], arguments);

    /// <summary>Starts a server that scrapes several ports on the loopback interface once a second, each as a job of its own.</summary>
    public static Task<PrometheusServer> StartAsync(IEnumerable<(string Job, int Port)> targets, params string[] arguments) =>
        StartAsync(targets, job: [], arguments);

    /// <summary>As above, with further lines in each job.</summary>
    public static Task<PrometheusServer> StartAsync(
        IEnumerable<(string Job, int Port)> targets, string[] job, params string[] arguments)
    {
        var jobs = targets.Select(target => $"""
              - job_name: {target.Job}
                static_configs:
                  - targets: ["127.0.0.1:{target.Port}"]
            {string.Concat(job.Select(line => $"    {line}\n"))}

            """);
        return StartConfiguredAsync(
            $"""
            global:
              scrape_interval: 1s
              scrape_timeout: 1s
            scrape_configs:
            {string.Concat(jobs)}
            """,
            arguments);
    }

    /// <summary>Starts a server with this configuration.</summary>
    public static async Task<PrometheusServer> StartConfiguredAsync(string yaml, params string[] arguments)
    {
        var program = OutsideProgram.Require("prometheus", package: "prometheus");
        var port = FreePort.Next();
        var directory = new TemporaryDirectory();
        var configuration = directory.Write("prometheus.yml", yaml);
        var process = ChildProcess.Start(program,
        [
            $"--config.file={configuration}",
            $"--storage.tsdb.path={Path.Combine(directory.Path, "data")}",
            $"--web.listen-address=127.0.0.1:{port}",
            .. arguments,
        ]);
        await process.WaitForErrorAsync("Server is ready to receive web requests");
        return new PrometheusServer(directory, process, port);
    }

    /// <summary>Repeats a query until its result satisfies the condition, and returns it. An empty result is NaN.</summary>
    public Task<double> UntilAsync(string query, Func<double, bool> condition) =>
        Deadline.UntilAsync(query, () => QueryAsync(query), condition);

    /// <summary>The single value of a query's result, NaN if the result is empty. Fails if there are several.</summary>
    public async Task<double> QueryAsync(string query)
    {
        var values = await QueryAllAsync(query);
        Assert.True(values.Count <= 1, $"The query {query} returned {values.Count} series.");
        return values.SingleOrDefault(double.NaN);
    }

    /// <summary>The values of a query's result.</summary>
    public async Task<IReadOnlyList<double>> QueryAllAsync(string query)
    {
        using var response = await _http.GetAsync(
            new Uri($"api/v1/query?query={Uri.EscapeDataString(query)}", UriKind.Relative), TestContext.Current.CancellationToken);
        var json = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{query}: {json}");
        using var answer = JsonDocument.Parse(json);
        return
        [
            .. answer.RootElement.GetProperty("data").GetProperty("result").EnumerateArray()
                .Select(series => double.Parse(series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture)),
        ];
    }

    /// <summary>The addresses that the server scrapes, after relabelling.</summary>
    public async Task<IReadOnlyList<string>> ActiveTargetsAsync()
    {
        var json = await _http.GetStringAsync("api/v1/targets?state=active", TestContext.Current.CancellationToken);
        using var answer = JsonDocument.Parse(json);
        return
        [
            .. answer.RootElement.GetProperty("data").GetProperty("activeTargets").EnumerateArray()
                .Select(target => new Uri(target.GetProperty("scrapeUrl").GetString()!).Authority),
        ];
    }

    /// <summary>The exemplars stored for a query within the last hour, as JSON.</summary>
    public Task<string> QueryExemplarsAsync(string query)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return _http.GetStringAsync(
            $"api/v1/query_exemplars?query={Uri.EscapeDataString(query)}&start={now - 3_600}&end={now + 60}",
            TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
        _directory.Dispose();
    }
}
