// Owns: batches of two jobs, delivered to a real node_exporter and a real Pushgateway.

using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Hosting;
using TinyHost.EndToEnd.Support;
using TinyHost.Metrics;

namespace TinyHost.EndToEnd;

public sealed class BatchTests
{
    [Fact]
    public async Task Node_exporter_reads_files_of_two_jobs_without_an_error()
    {
        await using var exporter = await NodeExporter.StartAsync();
        using (var nightly = new Job("nightly"))
        {
            nightly.Count("rows.imported", 7);
            await nightly.Metrics.WriteFileAsync(Path.Combine(exporter.Folder, "nightly.prom"), TestContext.Current.CancellationToken);
        }

        using (var weekly = new Job("weekly"))
        {
            weekly.Count("mails.sent", 8);
            await weekly.Metrics.WriteFileAsync(Path.Combine(exporter.Folder, "weekly.prom"), TestContext.Current.CancellationToken);
        }

        var scrape = await exporter.ScrapeWithoutErrorsAsync();
        Assert.Equal(["rows_imported_total 7"], scrape.Samples("rows_imported"));
        Assert.Equal(["mails_sent_total 8"], scrape.Samples("mails_sent"));
    }

    [Fact]
    public async Task Node_exporter_tells_jobs_with_the_same_instruments_apart_by_a_label()
    {
        await using var exporter = await NodeExporter.StartAsync();
        foreach (var name in (string[])["nightly", "weekly"])
        {
            using var job = new Job(name, options =>
            {
                options.Labels["job"] = name;
                options.Resource["service.name"] = name;
            });
            job.RecordEverything();
            await job.Metrics.WriteFileAsync(Path.Combine(exporter.Folder, name + ".prom"), TestContext.Current.CancellationToken);
        }

        var scrape = await exporter.ScrapeWithoutErrorsAsync();
        foreach (var name in (string[])["nightly", "weekly"])
        {
            var job = $"job=\"{name}\"";
            Assert.Equal(3, scrape.Sum("rows_total", job));
            Assert.Equal(2, scrape.Sum("step_duration_seconds_count", job));
            Assert.Equal(1, scrape.Sum("target_info", job, $"service_name=\"{name}\""));
            Assert.Equal(5, scrape.Sum("foreign", $"from=\"{name}\""));
        }
    }

    [Fact]
    public async Task A_Pushgateway_accepts_two_jobs_with_the_same_instruments()
    {
        await using var gateway = await PushgatewayServer.StartAsync();
        foreach (var name in (string[])["nightly", "weekly"])
        {
            // With the families of the process, because the gateway exposes such families itself.
            using var job = new Job(name, options => options.BatchIncludesProcess = true);
            job.RecordEverything();
            await job.Metrics.PushAsync(new PushGateway(gateway.Address, name), TestContext.Current.CancellationToken);
        }

        var scrape = await gateway.ScrapeAsync();
        foreach (var name in (string[])["nightly", "weekly"])
        {
            var job = $"job=\"{name}\"";
            Assert.Equal(3, scrape.Sum("rows_total", job));
            Assert.Equal(2, scrape.Sum("step_duration_seconds_count", job));
            Assert.Equal(5, scrape.Sum("foreign", job));
            Assert.True(scrape.Sum("process_resident_memory_bytes", job) > 0);
            Assert.True(scrape.Sum("push_time_seconds", job) > 0);
            Assert.Equal(0, scrape.Sum("push_failure_time_seconds", job));
        }
    }

    [Fact]
    public async Task A_Pushgateway_replaces_adds_to_and_deletes_a_group()
    {
        await using var gateway = await PushgatewayServer.StartAsync();
        using var job = new Job("nightly");
        job.Count("rows", 1);
        var group = new PushGateway(gateway.Address, "nightly");
        await job.Metrics.PushAsync(group, TestContext.Current.CancellationToken);

        using var second = new Job("nightly.second");
        second.Count("mails", 2);
        await second.Metrics.PushAddAsync(group, TestContext.Current.CancellationToken);
        var scrape = await gateway.ScrapeAsync();
        Assert.Equal((1, 2), (scrape.Sum("rows_total"), scrape.Sum("mails_total")));

        await second.Metrics.PushAsync(group, TestContext.Current.CancellationToken);
        scrape = await gateway.ScrapeAsync();
        Assert.Empty(scrape.Samples("rows_total"));
        Assert.Equal(2, scrape.Sum("mails_total"));

        await group.DeleteAsync(TestContext.Current.CancellationToken);
        await group.DeleteAsync(TestContext.Current.CancellationToken);
        Assert.Empty((await gateway.ScrapeAsync()).Samples("mails_total"));
    }

    [Theory]
    [InlineData("db1")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a/b")]
    [InlineData("a b+c\\d?e#f%g&h;i:j@k=l")]
    [InlineData("größe 😀")]
    public async Task A_Pushgateway_reads_every_grouping_key_as_it_was(string value)
    {
        await using var gateway = await PushgatewayServer.StartAsync();
        using var job = new Job("nightly");
        job.Count("rows", 1);
        var group = new PushGateway(gateway.Address, value.Length == 0 ? "nightly" : value) { Grouping = { ["instance"] = value } };
        await job.Metrics.PushAsync(group, TestContext.Current.CancellationToken);
        var escaped = value.Replace("\\", @"\\", StringComparison.Ordinal);
        Assert.Equal(
            [$"rows_total{{instance=\"{escaped}\",job=\"{(value.Length == 0 ? "nightly" : escaped)}\"}} 1"],
            (await gateway.ScrapeAsync()).Samples("rows_total"));
        await group.DeleteAsync(TestContext.Current.CancellationToken);
        Assert.Empty((await gateway.ScrapeAsync()).Samples("rows_total"));
    }

    [Fact]
    public async Task A_label_that_the_grouping_key_would_overwrite_is_renamed()
    {
        await using var gateway = await PushgatewayServer.StartAsync();
        using var job = new Job("nightly");
        job.Count("rows", 1);
        foreach (var replica in (string[])["a", "b"])
        {
            job.Meter.CreateGauge<int>("lag").Record(1, new KeyValuePair<string, object?>("instance", replica));
        }

        var group = new PushGateway(gateway.Address, "nightly") { Grouping = { ["instance"] = "db1" } };
        await job.Metrics.PushAsync(group, TestContext.Current.CancellationToken);
        var scrape = await gateway.ScrapeAsync();
        Assert.Equal(1, scrape.Sum("rows_total"));
        foreach (var replica in (string[])["a", "b"])
        {
            Assert.Equal(1, scrape.Sum("lag", "instance=\"db1\"", $"exported_instance=\"{replica}\""));
        }
    }

    [Fact]
    public async Task The_job_in_the_documentation_pushes_when_it_ends()
    {
        await using var gateway = await PushgatewayServer.StartAsync();
        using var meter = new Meter("Nightly");
        await Snippets.NightlyAsync(gateway.Address, () =>
        {
            meter.CreateCounter<int>("rows").Add(1);
            return Task.CompletedTask;
        });
        Assert.Equal(
            [$"rows_total{{instance=\"{Environment.MachineName}\",job=\"nightly\"}} 1"],
            (await gateway.ScrapeAsync()).Samples("rows_total"));
    }

    [Fact]
    public async Task The_host_in_the_documentation_pushes_when_it_stops()
    {
        await using var gateway = await PushgatewayServer.StartAsync();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        Snippets.PushPeriodically(builder, new PushGateway(gateway.Address, "importer"));
        using (var host = builder.Build())
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            using var meter = new Meter("Importer");
            meter.CreateCounter<int>("rows").Add(1);
            Assert.Empty((await gateway.ScrapeAsync()).Samples("rows_total"));
            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(1, (await gateway.ScrapeAsync()).Sum("rows_total", "job=\"importer\""));
    }

    [Theory]
    [InlineData("/dev/stdout")]
    [InlineData("/proc/self/fd/1")]
    public async Task A_batch_can_be_written_to_standard_output(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /dev/stdout");
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);
        using var content = new StringContent(path);
        using var response = await daemon.App.PostAsync("/batch", content, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode);
        await daemon.Process.WaitForOutputAsync("batch_written_total 1");
        var errors = path == "/dev/stdout" ? "/dev/stderr" : "/proc/self/fd/2";
        using var other = new StringContent(errors);
        using var second = await daemon.App.PostAsync("/batch", other, TestContext.Current.CancellationToken);
        await daemon.Process.WaitForErrorAsync("batch_written_total 1");
    }

    /// <summary>A job with a meter of its own, whose other options are the defaults.</summary>
    private sealed class Job : IDisposable
    {
        private readonly string _name;

        internal Job(string name, Action<MetricsOptions>? configure = null)
        {
            _name = name;
            Meter = new Meter("Test." + name);
            var options = new MetricsOptions { ApplicationMeters = false, Meters = { Meter.Name } };
            configure?.Invoke(options);
            options.Exporters.Add(new Foreign(name));
            Metrics = new BatchMetrics(options);
        }

        internal Meter Meter { get; }

        internal BatchMetrics Metrics { get; }

        internal void Count(string instrument, int value) => Meter.CreateCounter<int>(instrument, null, "Counts.").Add(value);

        /// <summary>Instruments of every kind, with awkward texts, as a library shared by several jobs would have.</summary>
        internal void RecordEverything()
        {
            Count("rows", 3);
            var duration = Meter.CreateHistogram<double>("step.duration", "s", "Durations: a \\ and\na second line.");
            duration.Record(0.2, new KeyValuePair<string, object?>("step", "größe \\ \" \n"));
            duration.Record(7, new KeyValuePair<string, object?>("step", _name));
            Meter.CreateUpDownCounter<int>("queue").Add(-1);
            Meter.CreateObservableGauge("fill", () => double.NaN);
        }

        public void Dispose()
        {
            Metrics.Dispose();
            Meter.Dispose();
        }
    }

    /// <summary>Another library's metrics, whose HELP is not escaped and one of whose families has a time.</summary>
    private sealed class Foreign(string name) : IMetricsExporter
    {
        public string Name => "foreign";

        public bool WritesOpenMetrics => false;

        public Task WriteAsync(Stream output, ExporterFormat format, CancellationToken cancellationToken) =>
            output.WriteAsync(
                Encoding.UTF8.GetBytes(
                    $"# HELP foreign C:\\temp\nand more\n# TYPE foreign gauge\nforeign{{from=\"{name}\"}} 5\ntimed 1 1700000000000\n"),
                cancellationToken).AsTask();
    }
}
