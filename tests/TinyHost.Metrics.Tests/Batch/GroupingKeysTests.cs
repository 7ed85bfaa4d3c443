using System.Text;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Batch;

[Collection(ServersAlone.Name)]
public sealed class GroupingKeysTests
{
    [Theory]
    [InlineData("db1", "instance/db1")]
    [InlineData("", "instance@base64/=")]
    [InlineData(".", "instance@base64/Lg")]
    [InlineData("..", "instance@base64/Li4")]
    [InlineData("...", "instance/...")]
    [InlineData("a/b", "instance@base64/YS9i")]
    [InlineData("/?>", "instance@base64/Lz8-")]
    [InlineData("a b+c\\d?e#f%g&h;i", "instance/a%20b%2Bc%5Cd%3Fe%23f%25g%26h%3Bi")]
    [InlineData("größe", "instance/gr%C3%B6%C3%9Fe")]
    public void A_key_is_part_of_the_path(string value, string path) =>
        Assert.Equal("job/nightly/" + path, Keys(("instance", value)).Path);

    [Fact]
    public void The_job_comes_first_and_further_keys_are_sorted() =>
        Assert.Equal("job/nightly/instance/i/zone/z", Keys(("zone", "z"), ("instance", "i")).Path);

    [Theory]
    [InlineData("job")]
    [InlineData("")]
    [InlineData("9")]
    [InlineData("a-b")]
    [InlineData("a:b")]
    [InlineData("é")]
    [InlineData("__reserved")]
    public async Task A_label_that_a_Pushgateway_refuses_is_an_error(string label)
    {
        var group = new PushGateway(new Uri("http://127.0.0.1:9/"), "nightly") { Grouping = { [label] = "x" } };
        using var job = new BatchJob();
        Func<Task>[] uses = [() => job.Metrics.PushAsync(group), () => job.Metrics.PushAddAsync(group), () => group.DeleteAsync()];
        foreach (var use in uses)
        {
            var error = await Assert.ThrowsAsync<ArgumentException>(use);
            Assert.StartsWith($"The grouping key has the label '{label}'; it must ", error.Message, StringComparison.Ordinal);
        }

        Assert.Throws<ArgumentException>(() => new PeriodicPush(job.Metrics, group, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Families_with_labels_that_the_keys_would_change_are_removed()
    {
        const string kept = "# HELP a job=\"other\"\n# TYPE a gauge\na{job=\"nightly\"} 1\na{x=\"job\",instance=\"\\\\\"} 2\n";
        const string text = kept
            + "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_bucket{le=\"+Inf\",instance=\"i\"} 1\nh_sum 1\nh_count 1\n"
            + "alone{job=\"x\"} 1\nb{jobs=\"x\"} 1\n";
        var rest = Keys(("instance", "\\")).RemoveConflicts(
            Encoding.UTF8.GetBytes(text), new Dictionary<string, string>(), out var conflicts);
        Assert.Equal(kept + "b{jobs=\"x\"} 1\n", Encoding.UTF8.GetString(rest.Span));
        Assert.Equal([("h", "instance"), ("alone", "job")], conflicts);
    }

    [Fact]
    public async Task A_family_with_such_a_label_is_left_out_and_logged_once()
    {
        using var log = new RecordingLogger();
        using var services = Services.WithLog(log);
        await using var gateway = await StandInGateway.StartAsync();
        using var job = new BatchJob(services: services);
        job.Done();
        job.Meter.CreateGauge<int>("lag").Record(1, new KeyValuePair<string, object?>("instance", "replica"));
        var group = new PushGateway(gateway.Address, "nightly") { Grouping = { ["instance"] = "db1" } };
        await job.Metrics.PushAsync(group, TestContext.Current.CancellationToken);
        await job.Metrics.PushAsync(group, TestContext.Current.CancellationToken);
        Assert.All(gateway.Requests, request =>
        {
            Assert.Contains("done_total 1\n", request.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("lag", request.Text, StringComparison.Ordinal);
        });
        Assert.Equal(
            "Family lag is not pushed: it has the label instance, which the gateway would overwrite with that of the grouping key. Rename "
            + "one of them. This is logged once.",
            Assert.Single(log.Entries).Message);
        await job.Metrics.PushAsync(new PushGateway(gateway.Address, "nightly"), TestContext.Current.CancellationToken);
        Assert.Contains("lag{instance=\"replica\"} 1\n", gateway.Requests[2].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_keys_may_change_labels_of_all_series()
    {
        await using var gateway = await StandInGateway.StartAsync();
        using var job = new BatchJob(options =>
        {
            options.FailOnError = true;
            options.Labels["data.center"] = "eu";
            options.Labels["env"] = "prod";
        });
        job.Done();
        var group = new PushGateway(gateway.Address, "nightly") { Grouping = { ["data_center"] = "us" } };
        await job.Metrics.PushAsync(group, TestContext.Current.CancellationToken);
        Assert.Contains("done_total{data_center=\"eu\",env=\"prod\"} 1\n", gateway.Requests[0].Text, StringComparison.Ordinal);
        job.Done(new KeyValuePair<string, object?>("data.center", "own"));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => job.Metrics.PushAsync(group, TestContext.Current.CancellationToken));
        Assert.Contains("done_total", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_FailOnError_such_a_label_is_an_error()
    {
        await using var gateway = await StandInGateway.StartAsync();
        using var job = new BatchJob(options => options.FailOnError = true);
        job.Done(new KeyValuePair<string, object?>("job", "x"));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => job.Metrics.PushAsync(new PushGateway(gateway.Address, "nightly"), TestContext.Current.CancellationToken));
        Assert.EndsWith(
            "The grouping key would overwrite labels of these families: done_total.", error.Message, StringComparison.Ordinal);
        Assert.Empty(gateway.Requests);
    }

    private static GroupingKeys Keys(params (string Label, string Value)[] further) =>
        new("nightly", further.ToDictionary(key => key.Label, key => key.Value));
}
