using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Collection;

public sealed class MeterSelectionTests
{
    private static bool Selects(string meterName, MetricsOptions? options = null)
    {
        using var meter = new Meter(meterName);
        return new MeterSelection(options ?? new MetricsOptions(), null, recordedOnly: false).Includes(meter.CreateCounter<int>("a"));
    }

    [Theory]
    [InlineData("TinyHost", true)]
    [InlineData("Shop.Orders", true)]
    [InlineData("Npgsql", true)]
    [InlineData("System.Runtime", true)]
    [InlineData("System.Net.Http", false)]
    [InlineData("Microsoft.Extensions.Diagnostics.HealthChecks", false)]
    [InlineData("Systematic", true)]
    public void Application_and_runtime_meters_are_selected_by_default(string name, bool selected) => Assert.Equal(selected, Selects(name));

    [Theory]
    [InlineData("System.Net.Http", "System.Net.Http", true)]
    [InlineData("System.Net.*", "System.Net.NameResolution", true)]
    [InlineData("System.Net.*", "System.Net", false)]
    [InlineData("*", "Microsoft.AspNetCore.Hosting", true)]
    [InlineData("system.net.http", "System.Net.Http", true)]
    public void Further_meters_are_added_by_name_or_wildcard(string pattern, string name, bool selected)
    {
        var options = new MetricsOptions();
        options.Meters.Add(pattern);
        Assert.Equal(selected, Selects(name, options));
    }

    [Fact]
    public void Without_ApplicationMeters_only_named_meters_are_selected()
    {
        var options = new MetricsOptions { ApplicationMeters = false };
        options.Meters.Add("Shop.*");
        Assert.True(Selects("Shop.Orders", options));
        Assert.True(Selects("System.Runtime", options));
        Assert.False(Selects("Bakery", options));
    }

    [Fact]
    public void The_garbage_collectors_series_can_be_left_out()
    {
        using (var with = new TestCollector(configure: options => options.Meters.Add("System.Runtime")))
        {
            Assert.Contains(with.Collect(), family => family.Name.StartsWith("dotnet_gc_", StringComparison.Ordinal));
        }

        using var without = new TestCollector(configure: options =>
        {
            options.Meters.Add("System.Runtime");
            options.DisableGc = true;
        });
        string[] names = [.. without.Collect().Select(family => family.Name)];
        Assert.DoesNotContain(names, name => name.StartsWith("dotnet_gc_", StringComparison.Ordinal));
        Assert.Contains("dotnet_process_cpu_time_seconds_total", names);
    }

    [Fact]
    public void No_gauge_of_the_runtime_is_named_like_the_count_of_a_histogram()
    {
        using var test = new TestCollector(configure: options => options.Meters.Add("System.Runtime"));
        string[] names = [.. test.Collect().Select(family => family.Name)];
        Assert.DoesNotContain(names, name => name.EndsWith("_count", StringComparison.Ordinal));
        Assert.Contains("dotnet_process_cpus", names);
    }

    [Fact]
    public void Runtime_counters_that_can_decrease_are_gauges()
    {
        using var test = new TestCollector(configure: options => options.Meters.Add("System.Runtime"));
        var families = test.Collect().ToDictionary(family => family.Name, family => family.Type);
        Assert.Equal(FamilyType.Gauge, families["dotnet_thread_pool_threads"]);
        Assert.Equal(FamilyType.Gauge, families["dotnet_thread_pool_queue_length"]);
        Assert.Equal(FamilyType.Counter, families["dotnet_thread_pool_work_item_count_total"]);
    }

    [Fact]
    public void Meters_of_another_hosts_factory_are_left_out()
    {
        using var ours = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var theirs = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var name = TestCollector.NewMeterName();
        using var test = new TestCollector(configure: options => options.Meters.Add(name), services: ours);
        ours.GetRequiredService<IMeterFactory>().Create(name).CreateCounter<int>("ours").Add(1);
        theirs.GetRequiredService<IMeterFactory>().Create(name).CreateCounter<int>("theirs").Add(1);
        using var nobodys = new Meter(name);
        nobodys.CreateCounter<int>("nobodys").Add(1);
        Assert.Equal(["nobodys_total 1", "ours_total 1"], test.Samples());
    }

    [Fact]
    public void Without_services_the_meters_of_every_factory_are_selected()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var test = new TestCollector();
        services.GetRequiredService<IMeterFactory>().Create(test.MeterName).CreateCounter<int>("a").Add(1);
        Assert.Equal(["a_total 1"], test.Samples());
    }

    [Fact]
    public void A_collector_does_not_expose_the_meter_of_another_collector()
    {
        using var one = new TestCollector();
        using var other = new TestCollector(configure: options => options.ApplicationMeters = true);
        Assert.Equal(one.CollectOwn().Length, other.CollectOwn().Length);
        // If both meters were collected, their values would be added.
        string line = Assert.Single(
            TestCollector.Text(other.CollectOwn()).Split('\n'), line => line.StartsWith("process_max_fds ", StringComparison.Ordinal));
        Assert.Contains(line, TestCollector.Text(one.CollectOwn()), StringComparison.Ordinal);
    }
}
