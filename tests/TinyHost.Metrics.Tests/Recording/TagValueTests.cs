using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Recording;

/// <summary>The code of tag values: where it runs, and what its failures cost.</summary>
public sealed class TagValueTests
{
    public static TheoryData<object> Throwing => [new ThrowingClass(), default(ThrowingStruct), new ThrowingList()];

    private static KeyValuePair<string, object?> Tag(object? value) => new("k", value);

    [Fact]
    public async Task A_value_whose_text_never_comes_blocks_no_other_measurement_scrape_or_meter()
    {
        using var test = new TestCollector();
        using var value = new BlockingValue();
        using var gone = new Meter(test.MeterName);
        var counter = test.Meter.CreateCounter<int>("a");
        gone.CreateCounter<int>("b").Add(1);
        var blocked = Task.Factory.StartNew(
            () => counter.Add(1, Tag(value)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        value.Entered.Wait(TestContext.Current.CancellationToken);

        await Task.Run(() =>
        {
            counter.Add(2, Tag("new"));
            test.Meter.CreateCounter<int>("c").Add(3);
            gone.Dispose();
            Assert.Equal(["""a_total{k="new"} 2""", "c_total 3"], test.Samples());
        }).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        value.Release.Set();
        await blocked;
        Assert.Contains("""a_total{k="text"} 1""", test.Samples());
    }

    [Theory]
    [MemberData(nameof(Throwing))]
    public void Exceptions_of_a_value_do_not_reach_the_code_that_records(object value)
    {
        using var test = new TestCollector(limit: 2);
        var counter = test.Meter.CreateCounter<int>("a");
        var expected = $$"""a_total{k="{{value.GetType().Name}}"} 2""";
        counter.Add(1, Tag(value));
        counter.Add(1, Tag(value));
        Assert.Equal([expected], test.Samples());
        counter.Add(1);
        counter.Add(1, Tag("above the limit"));
        counter.Add(1, Tag(value));
        Assert.Contains(expected.Replace("} 2", "} 3", StringComparison.Ordinal), test.Samples());
    }

    [Theory]
    [MemberData(nameof(Throwing))]
    public void Exceptions_of_a_value_do_not_reach_the_code_that_creates_an_instrument(object value)
    {
        using var test = new TestCollector();
        using var meter = new Meter(test.MeterName, null, [new("m", value)]);
        foreach (var name in (string[])["a", "b"])
        {
            meter.CreateCounter<int>(name, null, null, [new("i", value)]).Add(1);
            meter.CreateCounter<int>(name, null, null, [new("i", value)]).Add(1);
        }

        var text = value.GetType().Name;
        Assert.Equal([$"a_total{{i=\"{text}\",m=\"{text}\"}} 2", $"b_total{{i=\"{text}\",m=\"{text}\"}} 2"], test.Samples());
        Assert.Empty(test.Log.Entries);
    }

    [Fact]
    public void Values_are_found_by_their_text_and_not_by_their_own_equality()
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<int>("a");
        counter.Add(1, Tag(new Always("x", equal: true)));
        counter.Add(2, Tag(new Always("y", equal: true)));
        counter.Add(4, Tag(new Always("y", equal: false)));
        Assert.Equal(["""a_total{k="x"} 1""", """a_total{k="y"} 6"""], test.Samples());
    }

    [Fact]
    public void A_struct_over_memory_that_changes_is_a_new_series_for_each_text()
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<int>("a");
        var memory = "one".ToCharArray();
        counter.Add(1, Tag(new ReadOnlyMemory<char>(memory)));
        "two".CopyTo(memory);
        counter.Add(2, Tag(new ReadOnlyMemory<char>(memory)));
        Assert.Equal(["""a_total{k="one"} 1""", """a_total{k="two"} 2"""], test.Samples());
    }

    [Fact]
    public void The_text_of_a_value_may_record_and_scrape()
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<int>("a");
        var value = new ActingValue(() =>
        {
            counter.Add(1, Tag("inner"));
            test.Samples();
        });
        counter.Add(2, Tag(value));
        Assert.Equal(["""a_total{k="inner"} 1""", """a_total{k="outer"} 2"""], test.Samples());
    }

    [Fact]
    public void A_list_without_end_is_cut_off()
    {
        static IEnumerable<int> Endless()
        {
            while (true)
            {
                yield return 1;
            }
        }

        using var test = new TestCollector();
        test.Meter.CreateCounter<int>("a").Add(1, Tag(Endless()));
        Assert.EndsWith(""",1,\"...\"]"} 1""", Assert.Single(test.Samples()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_of_empty_texts_without_end_is_cut_off()
    {
        static IEnumerable<object> Endless()
        {
            while (true)
            {
                yield return new StringBuilder();
            }
        }

        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<int>("a");
        counter.Add(1, Tag(Endless()));
        Assert.EndsWith(""",,\"...\"]"} 1""", Assert.Single(test.Samples()), StringComparison.Ordinal);
        counter.Add(1, Tag(new object[] { new StringBuilder(), 1 }));
        Assert.Contains("""a_total{k="[,1]"} 1""", test.Samples());
    }

    [Fact]
    public void A_list_that_contains_itself_many_times_is_cut_off()
    {
        var list = new List<object>();
        list.AddRange(Enumerable.Repeat<object>(list, 100));
        using var test = new TestCollector();
        test.Meter.CreateCounter<int>("a").Add(1, Tag(list));
        Assert.InRange(Assert.Single(test.Samples()).Length, 1, 100_000);
    }

    [Fact]
    public void Known_values_of_types_that_the_framework_defines_allocate_nothing()
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<int>("a");
        object[] values =
        [
            "text", 5, 5L, (byte)5, 'c', true, 0.5, 0.5f, 0.5m, (Half)0.5, DayOfWeek.Friday, Guid.NewGuid(), DateTime.UnixEpoch,
            DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(1), DateOnly.MinValue, TimeOnly.MinValue, (nint)5, (Int128)5, (UInt128)5,
        ];
        void RecordAll()
        {
            foreach (var value in values)
            {
                counter.Add(1, Tag(value));
            }
        }

        for (var i = 0; i < 100; i++)
        {
            RecordAll();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        RecordAll();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private sealed class BlockingValue : IDisposable
    {
        internal ManualResetEventSlim Entered { get; } = new();

        internal ManualResetEventSlim Release { get; } = new();

        public override string ToString()
        {
            Entered.Set();
            Release.Wait();
            return "text";
        }

        public void Dispose()
        {
            Entered.Dispose();
            Release.Dispose();
        }
    }

    private sealed class ActingValue(Action act) : IFormattable
    {
        public string ToString(string? format, IFormatProvider? formatProvider)
        {
            act();
            return "outer";
        }
    }

    private sealed class Always(string text, bool equal)
    {
        public override bool Equals(object? obj) => equal;

        public override int GetHashCode() => 1;

        public override string ToString() => text.ToString(CultureInfo.InvariantCulture);
    }

    private sealed class ThrowingClass
    {
        public override bool Equals(object? obj) => throw new InvalidOperationException("Equals");

        public override int GetHashCode() => throw new InvalidOperationException("GetHashCode");

        public override string ToString() => throw new InvalidOperationException("ToString");
    }

    private readonly struct ThrowingStruct : IFormattable
    {
        public override bool Equals(object? obj) => throw new InvalidOperationException("Equals");

        public override int GetHashCode() => throw new InvalidOperationException("GetHashCode");

        public override string ToString() => throw new InvalidOperationException("ToString");

        public string ToString(string? format, IFormatProvider? formatProvider) => throw new FormatException("format");
    }

    private sealed class ThrowingList : System.Collections.IEnumerable
    {
        public System.Collections.IEnumerator GetEnumerator() => throw new InvalidOperationException("GetEnumerator");
    }
}
