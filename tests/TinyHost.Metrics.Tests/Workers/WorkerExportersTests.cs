// Owns: tests of exporters' families of several workers.

using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Workers;

[Collection(ServersAlone.Name)]
public sealed class WorkerExportersTests
{
    private const string Families =
        """
        # HELP jobs_total Jobs.
        # TYPE jobs_total counter
        jobs_total 3
        jobs_total{kind="a b",worker="bee"} 1
        # HELP depth Depth.
        # TYPE depth gauge
        depth 4
        # HELP age_ratio Age.
        # TYPE age_ratio gauge
        age_ratio 0.5
        # HELP wait Wait.
        # TYPE wait histogram
        wait_bucket{le="1"} 1
        wait_bucket{le="+Inf"} 2
        wait_sum 3.5
        wait_count 2
        # HELP took Took.
        # TYPE took summary
        took{quantile="0.5"} 7
        took_sum 9
        took_count 2

        """;

    private const string OpenMetrics =
        """
        # HELP jobs Jobs.
        # TYPE jobs counter
        jobs_total 3.0 # {trace_id="x"} 1.0 5.0
        jobs_created 100.5
        # EOF

        """;

    [Fact]
    public async Task Each_sample_has_the_label_worker()
    {
        var group = new TestGroup(Export(Families));
        using var one = group.Start(1, Export(Families));
        using var two = group.Start(2, Export("# TYPE jobs_total counter\njobs_total 5\n"));
        var text = await group.ExportedAsync();
        Assert.Contains(
            "# TYPE jobs_total counter\njobs_total{worker=\"2\"} 5\njobs_total{worker=\"1\"} 3\n"
            + "jobs_total{worker=\"1\",kind=\"a b\",exported_worker=\"bee\"} 1\n",
            text);
        Assert.Contains(
            "wait_bucket{worker=\"1\",le=\"1\"} 1\nwait_bucket{worker=\"1\",le=\"+Inf\"} 2\nwait_sum{worker=\"1\"} 3.5\n", text);
        Assert.Contains("took{worker=\"1\",quantile=\"0.5\"} 7\n", text);
        Assert.Single(text.Split('\n'), line => line.StartsWith("# TYPE jobs_total", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Aggregated_samples_are_added_up_by_the_type_of_their_family()
    {
        var group = new TestGroup(Export(Families));
        using var one = group.Start(1, Export(Families));
        using var two = group.Start(2, Export(Families));
        Assert.Equal(
            """
            # HELP jobs_total Jobs.
            # TYPE jobs_total counter
            jobs_total 6
            jobs_total{kind="a b",worker="bee"} 2
            # HELP depth Depth.
            # TYPE depth gauge
            depth 8
            # HELP age_ratio Age.
            # TYPE age_ratio gauge
            age_ratio 0.5
            # HELP wait Wait.
            # TYPE wait histogram
            wait_bucket{le="1"} 2
            wait_bucket{le="+Inf"} 4
            wait_sum 7
            wait_count 4
            # HELP took Took.
            # TYPE took summary
            took_sum 18
            took_count 4

            """,
            await group.ExportedAsync(aggregate: true));
    }

    [Fact]
    public async Task What_an_ended_worker_counted_stays_as_last_told_in_each_format()
    {
        var group = new TestGroup(Export(Families, OpenMetrics));
        var one = group.Start(1, Export(Families, OpenMetrics));
        await group.ExportedAsync();
        await group.ExportedAsync(format: ExporterFormat.OpenMetrics);
        one.Kill();
        var text = await group.ExportedAsync();
        Assert.Contains("jobs_total{worker=\"1\"} 3\n", text);
        Assert.DoesNotContain("depth", text);
        Assert.DoesNotContain("quantile", text);

        using var next = group.Start(1, Export(Families, OpenMetrics));
        Assert.Contains("jobs_total{worker=\"1\"} 6\n", await group.ExportedAsync());
        Assert.Contains(
            "jobs_total{worker=\"1\"} 6 # {trace_id=\"x\"} 1.0 5.0\njobs_created{worker=\"1\"} 100.5\n",
            await group.ExportedAsync(format: ExporterFormat.OpenMetrics));
    }

    [Fact]
    public async Task What_a_failing_exporter_counted_stays()
    {
        var exporter = new StandInExporter("# TYPE jobs counter\njobs 5\n# TYPE depth gauge\ndepth 1\n");
        var group = new TestGroup(options => options.Exporters.Add(exporter));
        using var one = group.Start(1, Expire);
        Assert.Contains("depth 1", await group.ExportedAsync(aggregate: true));
        exporter.Before = _ => throw new InvalidOperationException("expected");
        Assert.Equal("# TYPE jobs counter\njobs 5\n", await group.ExportedAsync(aggregate: true));

        void Expire(MetricsOptions options)
        {
            options.Exporters.Add(exporter);
            options.CacheLifetime = TimeSpan.Zero;
        }
    }

    [Fact]
    public async Task A_family_whose_type_differs_is_that_of_the_worker_started_last()
    {
        var group = new TestGroup(Export(Families));
        using var one = group.Start(1, Export("# TYPE jobs gauge\njobs 1\n"));
        using var two = group.Start(2, Export("# TYPE jobs counter\njobs 5\n"));
        Assert.Equal("# TYPE jobs counter\njobs 5\n", await group.ExportedAsync(aggregate: true));
        Assert.Single(group.Log.Entries, entry => entry.Message.StartsWith("Family jobs", StringComparison.Ordinal));
    }

    private static Action<MetricsOptions> Export(string text, string? openMetrics = null) =>
        options => options.Exporters.Add(new StandInExporter(text, openMetrics));
}
