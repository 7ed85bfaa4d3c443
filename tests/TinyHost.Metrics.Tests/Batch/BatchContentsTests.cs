using System.Text.RegularExpressions;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Batch;

[Collection(ServersAlone.Name)]
public sealed class BatchContentsTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public async Task A_batch_contains_what_the_job_recorded()
    {
        using var job = new BatchJob();
        job.Done();
        job.Meter.CreateObservableGauge("left", () => 2);
        Assert.Equal(["done_total", "left"], await FamiliesAsync(job));
    }

    [Theory]
    [InlineData("System.Runtime")]
    [InlineData("system.*")]
    public async Task The_runtime_is_left_out_however_its_meter_is_selected(string meters)
    {
        using var job = new BatchJob(options => options.Meters.Add(meters));
        job.Done();
        Assert.DoesNotContain(await FamiliesAsync(job), name => name.StartsWith("dotnet_", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_process_the_runtime_and_scrapes_can_be_included(bool bySetting)
    {
        using var services = bySetting
            ? Services.WithSettings(("TinyHost:Metrics:BatchIncludesProcess", "true"))
            : Services.WithSettings();
        using var job = new BatchJob(options => options.BatchIncludesProcess = !bySetting, services);
        job.Done();
        var families = await FamiliesAsync(job);
        Assert.Contains("done_total", families);
        Assert.Contains("build_info", families);
        Assert.Contains("process_cpu_seconds_total", families);
        Assert.Contains("dotnet_gc_collections_total", families);
        Assert.Contains("tinyhost_metrics_series", families);
    }

    [Fact]
    public async Task The_HELP_of_an_instrument_without_a_description_is_the_same_in_jobs_with_other_meters()
    {
        List<string> texts = [];
        for (var i = 0; i < 2; i++)
        {
            using var job = new BatchJob();
            job.Done();
            await job.Metrics.WriteFileAsync(_path, TestContext.Current.CancellationToken);
            texts.Add(await File.ReadAllTextAsync(_path, TestContext.Current.CancellationToken));
        }

        Assert.Equal("# HELP done_total Instrument done.\n# TYPE done_total counter\ndone_total 1\n", texts[0]);
        Assert.Equal(texts[0], texts[1]);
    }

    [Fact]
    public async Task The_target_of_the_job_is_included()
    {
        using var job = new BatchJob(options => options.Resource["service.name"] = "nightly");
        job.Done();
        Assert.Equal(["target_info", "done_total"], await FamiliesAsync(job));
    }

    [Theory]
    [InlineData(false, "x")]
    [InlineData(true, "x process_y gc_z")]
    public async Task What_an_exporter_says_about_the_process_is_left_out_too(bool included, string expected)
    {
        using var job = new BatchJob(options =>
        {
            options.ExportersAlone = true;
            options.BatchIncludesProcess = included;
            const string text = "# TYPE x gauge\nx 1\n# TYPE process_y gauge\nprocess_y 1\n# TYPE gc_z gauge\ngc_z 1\n";
            options.Exporters.Add(new StandInExporter(text)
            {
                Origin = (name, _) => name switch
                {
                    "process_y" => ExporterFamilyOrigin.Process,
                    "gc_z" => ExporterFamilyOrigin.GarbageCollector,
                    _ => ExporterFamilyOrigin.Application,
                },
            });
        });
        Assert.Equal(expected.Split(' '), await FamiliesAsync(job));
    }

    [Fact]
    public async Task Every_delivery_asks_an_exporter_again_whatever_the_lifetime_of_its_output()
    {
        var exporter = new StandInExporter("x 1\n");
        using var job = new BatchJob(options =>
        {
            options.CacheLifetime = TimeSpan.FromDays(1);
            options.Exporters.Add(exporter);
        });
        await FamiliesAsync(job);
        await FamiliesAsync(job);
        Assert.Equal(2, exporter.Runs);
    }

    [Fact]
    public async Task A_repaired_family_of_an_exporter_is_included()
    {
        using var job = new BatchJob(options =>
        {
            options.ExportersAlone = true;
            options.Exporters.Add(new StandInExporter("# HELP x C:\\temp\n# TYPE x gauge\nx 1\n"));
        });
        await job.Metrics.WriteFileAsync(_path, TestContext.Current.CancellationToken);
        Assert.Equal(
            "# HELP x C:\\\\temp\n# TYPE x gauge\nx 1\n", await File.ReadAllTextAsync(_path, TestContext.Current.CancellationToken));
    }

    private async Task<string[]> FamiliesAsync(BatchJob job)
    {
        await job.Metrics.WriteFileAsync(_path, TestContext.Current.CancellationToken);
        var text = await File.ReadAllTextAsync(_path, TestContext.Current.CancellationToken);
        return [.. Regex.Matches(text, "^# TYPE ([^ ]+) ", RegexOptions.Multiline).Select(match => match.Groups[1].Value)];
    }
}
