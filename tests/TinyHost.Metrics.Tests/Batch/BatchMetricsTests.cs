using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Batch;

[Collection(ServersAlone.Name)]
public sealed class BatchMetricsTests : IDisposable
{
    private readonly Meter _meter = new(TestCollector.NewMeterName());
    private readonly string _directory = Directory.CreateTempSubdirectory("tinyhost-batch").FullName;

    public void Dispose()
    {
        _meter.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task The_file_holds_the_metrics_and_no_temporary_file_remains()
    {
        using var batch = Batch();
        _meter.CreateCounter<int>("done").Add(3);
        var path = Path.Combine(_directory, "job.prom");
        await File.WriteAllTextAsync(
            path, "what was there before, and longer " + new string('x', 100_000), TestContext.Current.CancellationToken);
        await batch.WriteFileAsync(path, TestContext.Current.CancellationToken);
        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        Assert.Contains("# HELP done_total ", text, StringComparison.Ordinal);
        Assert.Contains("\ndone_total 3\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("before", text, StringComparison.Ordinal);
        Assert.Equal([path], Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task A_file_that_cannot_be_renamed_leaves_no_temporary_file()
    {
        using var batch = Batch();
        var path = Path.Combine(_directory, "job.prom");
        Directory.CreateDirectory(path);
        await Assert.ThrowsAnyAsync<Exception>(() => batch.WriteFileAsync(path, TestContext.Current.CancellationToken));
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Theory]
    [InlineData("nightly", "/metrics/job/nightly")]
    [InlineData("a b", "/metrics/job/a b")]
    [InlineData("a/b?", "/metrics/job@base64/YS9iPw")]
    [InlineData("..", "/metrics/job@base64/Li4")]
    public async Task A_push_puts_the_metrics_in_the_jobs_group(string job, string path)
    {
        using var batch = Batch();
        _meter.CreateCounter<int>("done").Add(3);
        (string Method, string Path, string? Type, string Text) got = default;
        await using var gateway = await MetricsServer.StartAsync(app: async context =>
        {
            using var reader = new StreamReader(context.Request.Body.AsStream(), Encoding.UTF8);
            got = (context.Request.Method, context.Request.Path, context.Request.Fields["Content-Type"], await reader.ReadToEndAsync());
        });
        await batch.PushAsync(
            new Uri($"http://127.0.0.1:{gateway.AppPort}/"), job, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(("PUT", path, "text/plain; version=0.0.4; charset=utf-8"), (got.Method, got.Path, got.Type));
        Assert.Contains("\ndone_total 3\n", got.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_rejects_the_metrics_is_an_error_with_its_reason()
    {
        using var batch = Batch();
        await using var gateway = await MetricsServer.StartAsync(app: context =>
        {
            context.Response.StatusCode = 400;
            return context.Response.WriteTextAsync("inconsistent\n");
        });
        var error = await Assert.ThrowsAsync<HttpRequestException>(() =>
            batch.PushAsync(
                new Uri($"http://127.0.0.1:{gateway.AppPort}"), "job", TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.BadRequest, error.StatusCode);
        Assert.Contains("400: inconsistent", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_gateway_is_abandoned_at_the_deadline()
    {
        using var batch = Batch();
        var never = new TaskCompletionSource();
        await using var gateway = await MetricsServer.StartAsync(app: _ => never.Task);
        await Assert.ThrowsAsync<TimeoutException>(() =>
            batch.PushAsync(new Uri($"http://127.0.0.1:{gateway.AppPort}"), "job", TimeSpan.FromMilliseconds(
                100), TestContext.Current.CancellationToken));
        never.SetResult();
    }

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    public async Task An_endless_response_is_abandoned(int status)
    {
        using var batch = Batch();
        await using var gateway = await MetricsServer.StartAsync(app: async context =>
        {
            context.Response.StatusCode = status;
            while (true)
            {
                await context.Response.WriteTextAsync(new string('x', 10_000));
                await context.Response.FlushAsync(context.Aborted);
            }
        });
        var push = batch.PushAsync(
            new Uri($"http://127.0.0.1:{gateway.AppPort}"), "job", TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        if (status == 200)
        {
            await push;
            return;
        }

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => push);
        Assert.InRange(error.Message.Length, 100, 2_000);
    }

    [Fact]
    public async Task A_callback_that_hangs_costs_a_push_its_own_family_within_the_deadline()
    {
        using var batch = Batch(TimeSpan.FromMilliseconds(20));
        using var end = new ManualResetEventSlim();
        _meter.CreateCounter<int>("done").Add(3);
        _meter.CreateObservableGauge("hangs", () =>
        {
            end.Wait();
            return 1;
        });
        var text = "";
        await using var gateway = await MetricsServer.StartAsync(app: async context =>
        {
            using var reader = new StreamReader(context.Request.Body.AsStream(), Encoding.UTF8);
            text = await reader.ReadToEndAsync();
        });
        await batch.PushAsync(
            new Uri($"http://127.0.0.1:{gateway.AppPort}"), "job", TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        end.Set();
        Assert.Contains("\ndone_total 3\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hangs", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Concurrent_writers_of_one_file_do_not_interfere()
    {
        using var batch = Batch();
        _meter.CreateCounter<int>("done").Add(3);
        var path = Path.Combine(_directory, "job.prom");
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => batch.WriteFileAsync(path))));
        Assert.Contains(
            "\ndone_total 3\n", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal([path], Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task The_configuration_of_the_services_overrides_the_options()
    {
        using var services = Services.WithSettings(("TinyHost:Metrics:CardinalityLimit", "2"));
        using var batch = Batch(services: services);
        var counter = _meter.CreateCounter<int>("done");
        for (var i = 0; i < 5; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("i", i));
        }

        var path = Path.Combine(_directory, "job.prom");
        await batch.WriteFileAsync(path, TestContext.Current.CancellationToken);
        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        Assert.Contains("done_total{otel_metric_overflow=\"true\"} 3\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_setting_is_an_error()
    {
        using var services = Services.WithSettings(("TinyHost:Metrics:Nonsense", "2"));
        var error = Assert.Throws<ServerStartException>(() => Batch(services: services));
        Assert.Contains("TinyHost:Metrics:Nonsense", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_FailOnError_incomplete_metrics_are_not_delivered(bool byConfiguration)
    {
        using var services = byConfiguration ? Services.WithSettings(("TinyHost:Metrics:FailOnError", "true")) : Services.WithSettings();
        using var batch = Batch(services: services, configure: options => options.FailOnError = !byConfiguration);
        var fails = true;
        _meter.CreateCounter<int>("done").Add(3);
        _meter.CreateObservableGauge("broken", () => fails ? throw new FormatException() : 1);
        var pushes = 0;
        await using var gateway = await MetricsServer.StartAsync(app: context =>
        {
            Interlocked.Increment(ref pushes);
            return Task.CompletedTask;
        });
        var uri = new Uri($"http://127.0.0.1:{gateway.AppPort}");
        var path = Path.Combine(_directory, "job.prom");
        await File.WriteAllTextAsync(path, "before", TestContext.Current.CancellationToken);
        foreach (var hand in (Func<Task>[])[() => batch.WriteFileAsync(path), () => batch.PushAsync(uri, "job", TimeSpan.FromMinutes(1))])
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(hand);
            Assert.Contains("FailOnError", error.Message, StringComparison.Ordinal);
            Assert.Contains("broken", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }

        Assert.Equal("before", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal([path], Directory.GetFiles(_directory));
        Assert.Equal(0, pushes);
        fails = false;
        await batch.WriteFileAsync(path, TestContext.Current.CancellationToken);
        Assert.Contains("\nbroken 1\n", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await batch.PushAsync(uri, "job", TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(1, pushes);
    }

    [Fact]
    public async Task With_FailOnError_an_exporter_that_fails_is_an_error_too()
    {
        using var batch = Batch(configure: options =>
        {
            options.FailOnError = true;
            options.Exporters.Add(new StandInExporter("a 1\n") { Before = _ => throw new FormatException() });
        });
        var path = Path.Combine(_directory, "job.prom");
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => batch.WriteFileAsync(path, TestContext.Current.CancellationToken));
        Assert.Contains("exporter", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task Without_FailOnError_a_family_that_fails_is_left_out()
    {
        using var batch = Batch();
        _meter.CreateCounter<int>("done").Add(3);
        _meter.CreateObservableGauge("broken", int () => throw new FormatException());
        var path = Path.Combine(_directory, "job.prom");
        await batch.WriteFileAsync(path, TestContext.Current.CancellationToken);
        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        Assert.Contains("\ndone_total 3\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("broken", text, StringComparison.Ordinal);
    }

    public static TheoryData<TimeSpan> NoDeadlines =>
        [TimeSpan.Zero, TimeSpan.FromSeconds(-5), Timeout.InfiniteTimeSpan, TimeSpan.FromDays(60), TimeSpan.MaxValue];

    [Theory]
    [MemberData(nameof(NoDeadlines))]
    public async Task An_invalid_deadline_is_rejected_by_name(TimeSpan deadline)
    {
        using var batch = Batch();
        var error = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            batch.PushAsync(new Uri("http://127.0.0.1:9"), "job", deadline, TestContext.Current.CancellationToken));
        Assert.Equal("deadline", error.ParamName);
    }

    [Fact]
    public async Task The_longest_deadline_is_accepted()
    {
        using var batch = Batch();
        await using var gateway = await MetricsServer.StartAsync();
        await batch.PushAsync(
            new Uri($"http://127.0.0.1:{gateway.AppPort}"), "job", TimeSpan.FromMilliseconds(
                uint.MaxValue - 1), TestContext.Current.CancellationToken);
    }

    private BatchMetrics Batch(
        TimeSpan? callbackTimeout = null, IServiceProvider? services = null, Action<MetricsOptions>? configure = null)
    {
        var options = new MetricsOptions { ApplicationMeters = false };
        options.Meters.Clear();
        options.Meters.Add(_meter.Name);
        options.CallbackTimeout = callbackTimeout ?? options.CallbackTimeout;
        configure?.Invoke(options);
        return new BatchMetrics(options, services);
    }
}
