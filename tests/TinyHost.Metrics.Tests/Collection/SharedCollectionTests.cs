using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Collection;

public sealed class SharedCollectionTests
{
    [Fact]
    public async Task Simultaneous_scrapes_share_one_collection()
    {
        using var test = new TestCollector();
        using var release = new ManualResetEventSlim();
        var calls = 0;
        test.Meter.CreateObservableGauge("g", () =>
        {
            release.Wait();
            return Interlocked.Increment(ref calls);
        });
        var shared = test.Share();
        Task<CollectionResult>[] scrapes = [.. Enumerable.Range(0, 8).Select(_ => shared.GetAsync(ScrapeDeadline.None))];
        release.Set();
        var collected = await Task.WhenAll(scrapes);
        Assert.Equal(1, calls);
        Assert.All(collected, one => Assert.Same(collected[0], one));
        await shared.GetAsync(ScrapeDeadline.None);
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task A_collection_serves_later_scrapes_for_its_lifetime()
    {
        using var test = new TestCollector();
        var calls = 0;
        test.Meter.CreateObservableGauge("g", () => ++calls);
        var shared = test.Share(TimeSpan.FromHours(1));
        for (var i = 0; i < 3; i++)
        {
            await shared.GetAsync(ScrapeDeadline.None);
        }

        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task A_family_that_joins_or_leaves_ends_the_lifetime_of_a_collection()
    {
        using var test = new TestCollector();
        var calls = 0;
        test.Meter.CreateObservableGauge("g", () => ++calls);
        var shared = test.Share(TimeSpan.FromHours(1));
        await shared.GetAsync(ScrapeDeadline.None);
        using (var later = new System.Diagnostics.Metrics.Meter(test.MeterName))
        {
            later.CreateCounter<int>("recorded").Add(3);
            later.CreateObservableGauge("observed", () => 4);
            var text = TestCollector.Text((await shared.GetAsync(ScrapeDeadline.None)).Exposed);
            Assert.Contains("recorded_total 3\n", text, StringComparison.Ordinal);
            Assert.Contains("observed 4\n", text, StringComparison.Ordinal);
            await shared.GetAsync(ScrapeDeadline.None);
            Assert.Equal(2, calls);
        }

        Assert.DoesNotContain(
            "recorded_total", TestCollector.Text((await shared.GetAsync(ScrapeDeadline.None)).Exposed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_family_that_joins_during_a_collection_is_observed_by_the_next_scrape()
    {
        using var test = new TestCollector();
        var isFirst = true;
        test.Meter.CreateObservableGauge("g", () =>
        {
            if (isFirst)
            {
                isFirst = false;
                test.Meter.CreateObservableGauge("late", () => 4);
            }

            return 1;
        });
        var shared = test.Share(TimeSpan.FromHours(1));
        await shared.GetAsync(ScrapeDeadline.None);
        Assert.Contains(
            "late 4\n", TestCollector.Text((await shared.GetAsync(ScrapeDeadline.None)).Exposed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callback_that_hangs_costs_its_own_family_until_it_returns()
    {
        using var test = new TestCollector();
        using var release = new ManualResetEventSlim();
        var calls = 0;
        test.Meter.CreateObservableCounter("a.stuck", () =>
        {
            calls++;
            release.Wait();
            return 5;
        });
        test.Meter.CreateObservableGauge("b.fine", () => 1);
        var shared = test.Share(patience: TimeSpan.FromMilliseconds(20));
        for (var i = 0; i < 3; i++)
        {
            var collected = await shared.GetAsync(ScrapeDeadline.None);
            Assert.Equal(["a_stuck_total"], collected.Hanging.Select(family => family.Name));
            var text = TestCollector.Text(collected.Exposed);
            Assert.DoesNotContain("a_stuck_total 5", text, StringComparison.Ordinal);
            Assert.Contains("b_fine 1\n", text, StringComparison.Ordinal);
        }

        Assert.Equal(1, calls);
        Assert.Contains("a.stuck", Assert.Single(test.Log.Entries).Message, StringComparison.Ordinal);
        release.Set();
        CollectionResult last;
        do
        {
            last = await shared.GetAsync(ScrapeDeadline.None);
            await Task.Yield();
        }
        while (!last.IsComplete);
        Assert.Contains("a_stuck_total 5\n", TestCollector.Text(last.Exposed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callback_that_throws_is_reported()
    {
        using var test = new TestCollector();
        test.Meter.CreateObservableGauge<int>("g", () => test.Meter.Name.Length > 0 ? throw new InvalidOperationException("broken") : 1);
        var collected = await test.Share().GetAsync(ScrapeDeadline.None);
        Assert.Equal(["g"], collected.Failed.Select(family => family.Name));
        Assert.False(collected.IsComplete);
    }

    [Fact]
    public async Task Waiting_ends_at_the_deadline()
    {
        using var test = new TestCollector();
        using var release = new ManualResetEventSlim();
        test.Meter.CreateObservableGauge("g", () =>
        {
            release.Wait();
            return 1;
        });
        await Assert.ThrowsAsync<ScrapeEndedException>(() => test.Share().GetAsync(new ScrapeDeadline(TimeProvider.System, 0)));
        release.Set();
    }

    [Fact]
    public async Task A_scrape_that_times_out_first_does_not_cost_others_a_family()
    {
        var clock = new ManualTime();
        using var test = new TestCollector(clock: clock);
        using var release = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        CreateHeld(test, "slow", begun, release);
        var shared = test.Share();
        var hurried = shared.GetAsync(new ScrapeDeadline(clock, clock.GetTimestamp() + 1));
        var patient = shared.GetAsync(ScrapeDeadline.None);
        begun.Wait(TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAsync<ScrapeEndedException>(() => hurried);
        release.Set();
        Assert.True((await patient).IsComplete);
        Assert.Empty(test.Log.Entries);
    }

    [Fact]
    public async Task A_callback_that_started_during_the_wait_gets_its_full_timeout()
    {
        var clock = new ManualTime();
        using var test = new TestCollector(clock: clock);
        using var first = new ManualResetEventSlim();
        using var second = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        test.Meter.CreateObservableGauge("a", () =>
        {
            first.Wait();
            return 1;
        });
        CreateHeld(test, "stuck", begun, second);
        var scrape = test.Share(patience: TimeSpan.FromSeconds(5)).GetAsync(ScrapeDeadline.None);
        clock.Advance(TimeSpan.FromSeconds(1));
        first.Set();
        begun.Wait(TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromSeconds(4));
        await Until.TrueAsync(() => clock.TimerCount > 0);
        Assert.False(scrape.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["stuck"], (await scrape.WaitAsync(TestTimeout.Long)).Hanging.Select(family => family.Name));
        second.Set();
    }

    [Fact]
    public async Task A_callback_that_exceeded_its_timeout_earlier_is_skipped_at_once()
    {
        var clock = new ManualTime();
        using var test = new TestCollector(clock: clock);
        using var release = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        CreateHeld(test, "stuck", begun, release);
        var shared = test.Share();
        var hurried = shared.GetAsync(new ScrapeDeadline(clock, clock.GetTimestamp() + 1));
        begun.Wait(TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromMinutes(5));
        await Assert.ThrowsAsync<ScrapeEndedException>(() => hurried);
        var next = shared.GetAsync(ScrapeDeadline.None);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["stuck"], (await next.WaitAsync(TestTimeout.Long)).Hanging.Select(family => family.Name));
        release.Set();
    }

    [Fact]
    public void Families_with_a_hundred_series_are_counted_one_by_one_and_all_others_together()
    {
        using var test = new TestCollector();
        var counters = Enumerable.Range(0, 1_000).Select(i => test.Meter.CreateCounter<int>($"c{i}")).ToList();
        counters.ForEach(counter => counter.Add(1));
        for (var i = 1; i < 99; i++)
        {
            counters[0].Add(1, new KeyValuePair<string, object?>("a", i));
        }

        test.Collect();
        var others = SeriesCounts(test)[""];
        Assert.Equal([""], SeriesCounts(test).Keys);
        counters[0].Add(1, new KeyValuePair<string, object?>("a", 99));
        var counts = SeriesCounts(test);
        Assert.Equal((2, 100), (counts.Count, counts["{family=\"c0_total\"}"]));
        Assert.Equal(others - 99 + 1, counts[""]);
    }

    private static Dictionary<string, int> SeriesCounts(TestCollector test) => TestCollector.Text(test.CollectOwn()).Split('\n')
        .Where(line => line.StartsWith("tinyhost_metrics_series", StringComparison.Ordinal))
        .Select(line => line["tinyhost_metrics_series".Length..].Split(' '))
        .ToDictionary(parts => parts[0], parts => int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));

    private static void CreateHeld(TestCollector test, string name, ManualResetEventSlim begun, ManualResetEventSlim release) =>
        test.Meter.CreateObservableGauge(name, () =>
        {
            begun.Set();
            release.Wait();
            return 1;
        });
}
