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

    [Theory]
    [InlineData("a 1")]
    [InlineData("# HELP a job=\"other\"")]
    [InlineData("a{job=\"nightly\",instance=\"\\\\\"} 1")]
    [InlineData("a{jobs=\"x\",x=\"job\"} 1")]
    [InlineData("a{job=\"x\"} 1", "a{exported_job=\"x\"} 1")]
    [InlineData("a{instance=\"i\",job=\"x\",x=\"y\"} 1", "a{exported_instance=\"i\",exported_job=\"x\",x=\"y\"} 1")]
    [InlineData("a_bucket{le=\"+Inf\",job=\"\"} 1", "a_bucket{le=\"+Inf\",exported_job=\"\"} 1")]
    [InlineData("a { job = \"x\" } 1", "a { exported_job = \"x\" } 1")]
    [InlineData("a{job=\"x\",exported_job=\"y\"} 1", "a{exported_exported_job=\"x\",exported_job=\"y\"} 1")]
    public void A_label_with_another_value_than_the_key_is_renamed(string line, string? renamed = null)
    {
        List<string> reports = [];
        var text = Keys(("instance", "\\")).RenameConflicts(
            Encoding.UTF8.GetBytes($"b 1\n{line}\nc 1\n"), new Dictionary<string, string>(), reports.Add);
        Assert.Equal($"b 1\n{renamed ?? line}\nc 1\n", Encoding.UTF8.GetString(text.Span));
        Assert.Equal(renamed is null, reports.Count == 0);
    }

    [Fact]
    public async Task The_new_name_of_a_label_is_logged_once()
    {
        using var log = new RecordingLogger();
        using var services = Services.WithLog(log);
        await using var gateway = await StandInGateway.StartAsync();
        using var job = new BatchJob(services: services);
        job.Meter.CreateGauge<int>("lag").Record(1, new KeyValuePair<string, object?>("instance", "replica"));
        job.Meter.CreateGauge<int>("size").Record(2, new KeyValuePair<string, object?>("instance", "replica"));
        var group = new PushGateway(gateway.Address, "nightly") { Grouping = { ["instance"] = "db1" } };
        await job.Metrics.PushAsync(group, TestContext.Current.CancellationToken);
        await job.Metrics.PushAddAsync(group, TestContext.Current.CancellationToken);
        Assert.All(gateway.Requests, request =>
        {
            Assert.Contains("\nlag{exported_instance=\"replica\"} 1\n", request.Text, StringComparison.Ordinal);
            Assert.Contains("\nsize{exported_instance=\"replica\"} 2\n", request.Text, StringComparison.Ordinal);
        });
        Assert.Equal(
            "Series with the label instance are pushed with exported_instance instead, because the grouping key has that label with "
            + "another value and the gateway would overwrite it. This is logged once.",
            Assert.Single(log.Entries).Message);
        await job.Metrics.PushAsync(new PushGateway(gateway.Address, "nightly"), TestContext.Current.CancellationToken);
        Assert.Contains("\nlag{instance=\"replica\"} 1\n", gateway.Requests[2].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_keys_may_change_labels_of_all_series()
    {
        using var log = new RecordingLogger();
        using var services = Services.WithLog(log);
        await using var gateway = await StandInGateway.StartAsync();
        using var job = new BatchJob(
            options =>
            {
                options.Labels["data.center"] = "eu";
                options.Labels["env"] = "prod";
            },
            services);
        job.Done();
        var group = new PushGateway(gateway.Address, "nightly") { Grouping = { ["data_center"] = "us" } };
        await job.Metrics.PushAsync(group, TestContext.Current.CancellationToken);
        Assert.Contains("done_total{data_center=\"eu\",env=\"prod\"} 1\n", gateway.Requests[0].Text, StringComparison.Ordinal);
        Assert.Empty(log.Entries);
        job.Done(new KeyValuePair<string, object?>("data.center", "own"));
        await job.Metrics.PushAsync(group, TestContext.Current.CancellationToken);
        Assert.Contains("done_total{exported_data_center=\"own\",env=\"prod\"} 1\n", gateway.Requests[1].Text, StringComparison.Ordinal);
    }

    private static GroupingKeys Keys(params (string Label, string Value)[] further) =>
        new("nightly", further.ToDictionary(key => key.Label, key => key.Value));
}
