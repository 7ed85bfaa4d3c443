// Owns: tests of reading shared memory that may contain anything.

using System.Buffers.Binary;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Workers;

public sealed class SegmentReaderTests
{
    private const int Length = 1 << 16;

    private static readonly SharedFamily s_counter = new(InstrumentKind.Counter, "orders_total", "orders_total", "", "Orders.", [], 0);
    private static readonly SharedFamily s_histogram = new(
        InstrumentKind.Histogram, "wait_seconds", "wait_seconds", "seconds", "Wait.", [1, 2, 4], 0);

    [Fact]
    public void A_series_is_read_with_its_family_tags_and_value()
    {
        using var file = SharedFile.Create(Length);
        using var memory = new MappedMemory(file, Length);
        using var reader = new SegmentReader(new MappedMemory(file, Length));
        reader.ReadNew();
        Assert.Empty(reader.Series);

        var segment = new SharedSegment(memory);
        var series = segment.TryAddSeries(segment.AddFamily(s_counter), [new("currency", "€")], 12.5, SharedFormat.ScalarWords)!;
        var sum = new SumSeries<SharedSum>(LabelSet.From([], [], null), monotonic: true, 0, new SharedSum(series)) { Owner = null! };
        sum.Record(3);
        sum.Record(0.25);
        Assert.Equal(3.25, sum.Value);

        reader.ReadNew();
        var read = Assert.Single(reader.Series);
        Assert.Equal(s_counter with { Boundaries = read.Family.Boundaries }, read.Family);
        Assert.Equal(12.5, read.Created);
        Assert.Equal("currency=\"€\"", read.LabelsWith(null).ToString());
        Assert.Equal("currency=\"€\",worker=\"7\"", read.LabelsWith("7").ToString());
        Assert.Equal((3L, 0.25), (reader.Read(read).Integers, reader.Read(read).Number));
        Assert.False(reader.IsEnded(read));
        series.End();
        Assert.True(reader.IsEnded(read));
        Assert.Equal(0, reader.FaultAt);
    }

    [Fact]
    public void The_cells_of_all_processors_are_added_up()
    {
        using var file = SharedFile.Create(Length);
        using var reader = new SegmentReader(new MappedMemory(file, Length));
        using var memory = new MappedMemory(file, Length);
        var segment = new SharedSegment(memory);
        var words = SharedFormat.HistogramWords(4, 0);
        var shared = segment.TryAddSeries(segment.AddFamily(s_histogram), [], 1, words, (ProcessorCell.Count, words))!;
        var series = new HistogramSeries(LabelSet.From([], [], null), s_histogram.Boundaries, 0, shared) { Owner = null! };
        series.Record(0.5);
        series.Spread();
        series.Record(1.5);
        series.Spread();
        series.Record(9);

        reader.ReadNew();
        var read = Assert.Single(reader.Series);
        Assert.Equal(ProcessorCell.Count, read.Cells.Count);
        Assert.Equal([1, 1, 0, 1], reader.Read(read).Counts);
        Assert.Equal(11, reader.Read(read).Number);
    }

    [Fact]
    public void Threads_lose_nothing_and_a_reader_sees_count_and_sum_of_one_moment()
    {
        using var file = SharedFile.Create(Length);
        using var reader = new SegmentReader(new MappedMemory(file, Length));
        using var memory = new MappedMemory(file, Length);
        var segment = new SharedSegment(memory);
        var words = SharedFormat.HistogramWords(4, 0);
        var shared = segment.TryAddSeries(segment.AddFamily(s_histogram), [], 1, words, (ProcessorCell.Count, words))!;
        var series = new HistogramSeries(LabelSet.From([], [], null), s_histogram.Boundaries, 0, shared) { Owner = null! };
        reader.ReadNew();
        var read = Assert.Single(reader.Series);
        var last = 0L;
        Parallel.Invoke(
            [
                .. Enumerable.Repeat(
                    () =>
                    {
                        for (var i = 0; i < 20_000; i++)
                        {
                            series.Record(2);
                        }
                    },
                    4),
                () =>
                {
                    for (var i = 0; i < 2_000; i++)
                    {
                        reader.ReadNew();
                        var value = reader.Read(read);
                        Assert.True(value.Counts[1] >= last);
                        last = value.Counts[1];
                    }
                },
            ]);
        reader.ReadNew();
        Assert.Equal([0, 80_000, 0, 0], reader.Read(read).Counts);
        Assert.Equal(160_000, reader.Read(read).Number);
    }

    [Fact]
    public void No_process_can_cut_off_the_memory_of_its_parent()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone seals files.");
        using var file = SharedFile.Create(Length);
        Assert.ThrowsAny<SystemException>(() => RandomAccess.SetLength(file, 0));
        Assert.Equal(Length, RandomAccess.GetLength(file));
    }

    [Fact]
    public void A_file_without_a_name_serves_where_there_is_none_in_memory()
    {
        using var file = SharedFile.CreateUnlinked();
        RandomAccess.SetLength(file, Length);
        using var reader = new SegmentReader(new MappedMemory(file, Length));
        using var memory = new MappedMemory(file, Length);
        Assert.False(reader.HasBegun);
        var segment = new SharedSegment(memory);
        Assert.True(reader.HasBegun);
        segment.TryAddSeries(segment.AddFamily(s_counter), [], 1, SharedFormat.ScalarWords);
        reader.ReadNew();
        Assert.Single(reader.Series);
    }

    [Fact]
    public void A_full_segment_refuses_series_and_says_so_once()
    {
        using var file = SharedFile.Create(4_096);
        using var reader = new SegmentReader(new MappedMemory(file, 4_096));
        using var memory = new MappedMemory(file, 4_096);
        var said = 0;
        var segment = new SharedSegment(memory, () => said++);
        var family = segment.AddFamily(s_counter);
        var added = 0;
        while (segment.TryAddSeries(family, [new("id", $"{added}")], 1, SharedFormat.ScalarWords) is not null)
        {
            added++;
        }

        Assert.Null(segment.TryAddSeries(family, [], 1, SharedFormat.ScalarWords));
        Assert.Equal(-1, segment.AddFamily(s_counter with { Help = new string('x', 4_096) }));
        Assert.Null(segment.TryAddSeries(-1, [], 1, SharedFormat.ScalarWords));
        reader.ReadNew();
        Assert.Equal((added, 3, 1), (reader.Series.Count, reader.Refused, said));
        Assert.InRange(added, 30, 70);
    }

    [Fact]
    public void The_memory_of_further_cells_is_kept_free()
    {
        using var file = SharedFile.Create(4_096);
        using var memory = new MappedMemory(file, 4_096);
        var segment = new SharedSegment(memory);
        var words = SharedFormat.HistogramWords(4, 0);
        var family = segment.AddFamily(s_histogram);
        var all = new List<SharedSeries>();
        while (segment.TryAddSeries(family, [], 1, words, (2, words)) is { } series)
        {
            all.Add(series);
        }

        Assert.NotEmpty(all);
        foreach (var series in all)
        {
            Assert.NotEqual(series.AddCell(4), series.AddCell(4));
        }
    }

    [Theory]
    [InlineData(SharedFormat.EndOffset, long.MaxValue)]
    [InlineData(SharedFormat.EndOffset, -1)]
    [InlineData(SharedFormat.EndOffset, Length + 8)]
    [InlineData(SharedFormat.EndOffset, SharedFormat.HeaderLength + 4)]
    [InlineData(0, 1)]
    [InlineData(SharedFormat.HeaderLength, 0)]
    [InlineData(SharedFormat.HeaderLength, 0x0001_0001_7fff_fff8)]
    [InlineData(SharedFormat.HeaderLength, 0x0001_0009_0000_0020)]
    [InlineData(SharedFormat.HeaderLength + 8, 0x0000_0000_7fff_ffff)]
    public void An_invalid_word_ends_the_reading(long offset, long word)
    {
        using var file = SharedFile.Create(Length);
        using var reader = new SegmentReader(new MappedMemory(file, Length));
        using var memory = new MappedMemory(file, Length);
        var segment = new SharedSegment(memory);
        segment.TryAddSeries(segment.AddFamily(s_counter), [], 1, SharedFormat.ScalarWords);
        memory.WordAt(offset) = word;
        reader.ReadNew();
        Assert.Equal(SharedFormat.HeaderLength, reader.FaultAt);
        Assert.Empty(reader.Series);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Anything_in_the_memory_is_survived(int seed)
    {
        var random = new Random(seed);
        var families = 0;
        for (var round = 0; round < 2_000; round++)
        {
            var length = 4_096;
            using var file = SharedFile.Create(length);
            using var memory = new MappedMemory(file, length);
            using var reader = new SegmentReader(new MappedMemory(file, length));
            Fill(new SharedSegment(memory), random);
            var bytes = new byte[length];
            memory.CopyTo(0, bytes);
            var end = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(SharedFormat.EndOffset));
            for (var i = random.Next(1, 20); i > 0; i--)
            {
                Spoil(bytes, (int)end, random);
            }

            memory.CopyFrom(0, bytes);
            reader.ReadNew();
            var merge = new FamilyMerge(random.Next(2) == 0, new GaugeRules(new Dictionary<string, GaugeAggregation>()), _ => { });
            var retired = new RetiredSeries();
            foreach (var series in reader.Series)
            {
                merge.Add("1", series, reader.Read(series), isLive: true, isPresent: !reader.IsEnded(series));
                retired.Add(series, reader.Read(series), isPresent: true);
                retired.Add(series, reader.Read(series), isPresent: true);
            }

            retired.AddTo(merge, "2");
            var exposed = merge.ToFamilies(new MetricsOptions(), TimeProvider.System);
            families += exposed.Length;
            foreach (var format in (ExpositionFormat[])[TextFormat.Instance, TextFormat.OpenMetrics(EscapingScheme.AllowUtf8),
                OpenMetrics2Format.In(EscapingScheme.AllowUtf8), ProtobufFormat.In(EscapingScheme.AllowUtf8)])
            {
                Assert.NotNull(TestCollector.Bytes(exposed, format));
            }
        }

        // The damage leaves something to add up.
        Assert.True(families > 500);
    }

    private static void Fill(SharedSegment segment, Random random)
    {
        var counter = segment.AddFamily(s_counter);
        segment.TryAddSeries(counter, [new("a", "b"), new("c", "d")], 1, SharedFormat.ScalarWords);
        var words = SharedFormat.HistogramWords(4, 0);
        var histogram = segment.AddFamily(s_histogram);
        var shared = segment.TryAddSeries(histogram, [new("a", "b")], 1, words, (1, words))!;
        var series = new HistogramSeries(LabelSet.From([], [], null), s_histogram.Boundaries, 0, shared) { Owner = null! };
        series.Record(1.5);
        if (random.Next(2) == 0)
        {
            shared.AddCell(4);
        }

        const int native = 8;
        words = SharedFormat.HistogramWords(4, native);
        var nativeFamily = segment.AddFamily(s_histogram with { Name = "size", UnescapedName = "size", Unit = "", NativeBuckets = native });
        var nativeSeries = segment.TryAddSeries(nativeFamily, [], 1, words)!;
        var options = new NativeHistogramOptions { BucketFactor = 2, MaxBuckets = native };
        var memory = new SharedNative(nativeSeries.Words + (SharedFormat.HistogramWords(4, 0) * sizeof(long)), native);
        var buckets = new NativeHistogram(options, TimeProvider.System, memory);
        var labels = LabelSet.From([], [], null);
        var recorded = new NativeHistogramSeries(labels, s_histogram.Boundaries, 0, buckets, TimeProvider.System, nativeSeries)
        {
            Owner = null!,
        };
        foreach (var value in new[] { 1.5, 3, -2, 0 })
        {
            recorded.Record(value);
        }
    }

    private static void Spoil(byte[] bytes, int end, Random random)
    {
        var at = random.Next(end / 8) * 8;
        switch (random.Next(4))
        {
            case 0:
                bytes[random.Next(end)] = (byte)random.Next(256);
                break;
            case 1:
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), random.NextInt64(long.MinValue, long.MaxValue));
                break;
            case 2:
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + (4 * random.Next(2))), random.Next(-2, 70));
                break;
            default:
                bytes.AsSpan(at, 8).Fill(random.Next(2) == 0 ? (byte)0xFF : (byte)0);
                break;
        }
    }
}
