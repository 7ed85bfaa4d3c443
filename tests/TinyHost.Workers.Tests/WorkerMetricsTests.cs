// Owns: that the metrics of workers miss nothing and never go back, with real processes and a real Prometheus.

using System.Globalization;
using System.Net;
using System.Text.Json;
using TinyHost.EndToEnd.Support;
using TinyHost.Workers.Tests.Support;

namespace TinyHost.Workers.Tests;

public sealed class WorkerMetricsTests
{
    private const string Total = "recorded_seconds_total";

    [Fact]
    public async Task Totals_are_what_clients_counted_through_a_kill_and_a_replacement()
    {
        await using var daemon = await WorkersDaemon.StartAsync(4, "--TinyHost:Metrics:NativeHistograms:recorded.native=1.1");
        await using var prometheus = await PrometheusServer.StartAsync(
            [("sum", daemon.MetricsPort)], ["params: { aggregate: [\"true\"] }"], "--enable-feature=native-histograms");
        using var over = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 8).Select(_ => CountAsync(daemon.App, over.Token)).ToArray();
        await prometheus.UntilAsync(Total, total => total > 100);

        var killed = (await daemon.WorkersAsync())[1];
        WorkersDaemon.Signal(killed.ProcessId, WorkersDaemon.SigKill);
        await Deadline.UntilAsync(
            "another worker 2",
            daemon.WorkersAsync,
            workers => workers.Any(worker => worker.Number == killed.Number && worker.ProcessId != killed.ProcessId));
        var before = await prometheus.QueryAsync(Total);
        await prometheus.UntilAsync(Total, total => total > before);

        daemon.Signal(WorkersDaemon.SigHup);
        await daemon.Parent.WaitForOutputAsync("All 4 workers have been replaced.");
        before = await prometheus.QueryAsync(Total);
        await prometheus.UntilAsync(Total, total => total > before);
        await over.CancelAsync();
        var (answered, unknown) = (0, 0);
        foreach (var (good, lost) in await Task.WhenAll(clients))
        {
            (answered, unknown) = (answered + good, unknown + lost);
        }

        // Of a call that was not answered nobody knows whether it was counted.
        var sums = await ScrapeAsync(daemon, "?aggregate=true");
        var total = sums.Sum(Total);
        Assert.InRange(total, answered, answered + unknown);
        Assert.True(answered > 500 && unknown < 100, $"{answered} answered, {unknown} unknown");
        Assert.Equal(total, sums.Sum("recorded_classic_seconds_count"));
        Assert.Equal(total, sums.Sum("recorded_classic_seconds_sum"));
        Assert.Equal(total, sums.Sum("recorded_native_seconds_count"));
        var labelled = await ScrapeAsync(daemon, "");
        Assert.Equal(total, labelled.Sum(Total));
        Assert.Equal(4, labelled.Samples(Total).Count);
        Assert.Equal(5, labelled.Sum("tinyhost_worker_restarts_total"));

        // No scrape saw less than an earlier one, so no rate has a dip.
        await prometheus.UntilAsync(Total, seen => seen == total);
        foreach (var name in (string[])[Total, "recorded_classic_seconds_count", "recorded_classic_seconds_bucket",
            "recorded_native_seconds", "http_server_request_duration_seconds_count", "process_cpu_seconds_total",
            "dotnet_gc_collections_total"])
        {
            Assert.Equal((name, 0), (name, await prometheus.QueryAsync($"max(resets({name}[1h]))")));
        }

        Assert.Equal(total, await prometheus.QueryAsync("histogram_count(recorded_native_seconds)"));
    }

    [Fact]
    public async Task A_scrape_names_a_worker_that_hangs_and_keeps_its_counters()
    {
        await using var daemon = await WorkersDaemon.StartAsync(2);
        while ((await ScrapeAsync(daemon, "")).Samples(Total).Count < 2)
        {
            await RecordAsync(daemon.App);
        }

        var before = await ScrapeAsync(daemon, "");
        var hung = (await daemon.WorkersAsync())[1];
        WorkersDaemon.Signal(hung.ProcessId, WorkersDaemon.SigStop);
        try
        {
            var text = await Deadline.UntilAsync(
                "an answer of worker 1 alone",
                () => ScrapeAsync(daemon, ""),
                text => text.Samples("tinyhost_worker_up").Order()
                    .SequenceEqual(["tinyhost_worker_up{worker=\"1\"} 1", "tinyhost_worker_up{worker=\"2\"} 0"]));
            Assert.Equal(before.Samples(Total).Order(), text.Samples(Total).Order());
            Assert.Equal(before.Sum("process_cpu_seconds_total", "worker=\"2\""), text.Sum("process_cpu_seconds_total", "worker=\"2\""));
            Assert.Empty(text.Samples("process_threads{worker=\"2\"}"));
        }
        finally
        {
            WorkersDaemon.Signal(hung.ProcessId, WorkersDaemon.SigCont);
        }

        await Deadline.UntilAsync(
            "an answer of worker 2",
            () => ScrapeAsync(daemon, ""),
            text => text.Samples("tinyhost_worker_up{worker=\"2\"} 1").Count == 1);
    }

    [Fact]
    public async Task The_dashboard_of_the_parent_adds_up_the_requests_of_all_workers_and_lists_them()
    {
        await using var daemon = await WorkersDaemon.StartAsync(2, "--TinyHost:Metrics:Dashboard=true");
        var answered = new HashSet<int>();
        var requests = 0;
        for (; answered.Count < 2 || requests < 50; requests++)
        {
            answered.Add(await daemon.ProcessIdAsync());
        }

        var workers = await daemon.WorkersAsync();
        WorkersDaemon.Signal(workers[0].ProcessId, WorkersDaemon.SigKill);
        await daemon.Parent.WaitForOutputAsync($"Worker 1, process {workers[0].ProcessId}, ended (SIGKILL).");
        var page = await Deadline.UntilAsync(
            "all requests, and both workers, on the dashboard",
            () => daemon.Metrics.GetStringAsync("dashboard", TestContext.Current.CancellationToken),
            page => Counted(page) >= requests - 1 && page.Split("<td>running</td>").Length == 3);
        Assert.InRange(Counted(page), requests - 1, requests);
        Assert.Contains("<tr><th scope=\"row\">1</th><td>running</td><td>1</td>", page, StringComparison.Ordinal);
        Assert.Contains("<tr><th scope=\"row\">2</th><td>running</td><td>0</td>", page, StringComparison.Ordinal);
    }

    // A bucket of the heat map counts the requests of a second, however long it took.
    private static double Counted(string page)
    {
        var start = page.IndexOf("id=\"data\">", StringComparison.Ordinal) + "id=\"data\">".Length;
        using var data = JsonDocument.Parse(page[start..page.IndexOf("</script>", start, StringComparison.Ordinal)]);
        var columns = data.RootElement.GetProperty("definitions").GetProperty("columns").EnumerateArray().ToList();
        var values = data.RootElement.GetProperty("values").EnumerateArray().ToList();
        return columns.Zip(values)
            .Where(pair => pair.First[0].GetString() == "heat")
            .SelectMany(pair => pair.Second.GetString()!.Split(','))
            .Sum(text => text.Length == 0 ? 0 : double.Parse(text, CultureInfo.InvariantCulture));
    }

    private static async Task<Exposition> ScrapeAsync(WorkersDaemon daemon, string query) =>
        new(await daemon.Metrics.GetStringAsync($"metrics{query}", TestContext.Current.CancellationToken));

    private static async Task RecordAsync(HttpClient client)
    {
        using var content = new StringContent(1.ToString(CultureInfo.InvariantCulture));
        using var response = await client.PostAsync("record", content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static async Task<(int Answered, int Unknown)> CountAsync(HttpClient client, CancellationToken over)
    {
        var (answered, unknown) = (0, 0);
        while (!over.IsCancellationRequested)
        {
            try
            {
                await RecordAsync(client);
                answered++;
            }
            catch (HttpRequestException)
            {
                unknown++;
            }
        }

        return (answered, unknown);
    }
}
