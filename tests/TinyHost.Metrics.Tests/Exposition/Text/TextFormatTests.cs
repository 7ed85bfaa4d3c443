using System.Buffers;
using System.Text;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Expositions;

public sealed class TextFormatTests
{
    [Fact]
    public void Every_kind_of_instrument_is_written_as_in_the_golden_file()
    {
        using var test = new TestCollector();
        Zoo.Fill(test.Meter);
        // The golden file has visible symbols for NUL and CR, so that it stays a text file.
        var text = test.Text().Replace(test.MeterName, "Zoo", StringComparison.Ordinal).Replace('\0', '␀').Replace('\r', '␍');
        Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Exposition", "zoo.txt")), text);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1_000)]
    public void Pieces_of_any_length_make_the_same_text(int length)
    {
        using var test = new TestCollector();
        Zoo.Fill(test.Meter);
        var whole = test.Text();
        var exposition = new Exposition(TextFormat.Instance, test.Collect());
        var pieces = new StringBuilder();
        var count = 0;
        for (var more = true; more; count++)
        {
            var piece = new ArrayBufferWriter<byte>();
            more = exposition.Write(piece, length);
            pieces.Append(Encoding.UTF8.GetString(piece.WrittenSpan));
        }

        Assert.Equal(whole, pieces.ToString());
        Assert.Equal(Encoding.UTF8.GetByteCount(whole), exposition.Written);
        Assert.True(count > whole.Length / (length + 2_000), $"{count} pieces");
    }

    [Fact]
    public void Series_that_come_and_go_between_pieces_are_never_written_twice()
    {
        using var test = new TestCollector();
        var first = 0;
        test.Meter.CreateObservableGauge(
            "g", () => Enumerable.Range(first, 20).Select(
                i => new System.Diagnostics.Metrics.Measurement<int>(i, new KeyValuePair<string, object?>("i", i))));
        var exposition = new Exposition(TextFormat.Instance, test.Collect());
        var output = new ArrayBufferWriter<byte>();
        while (exposition.Write(output, 1))
        {
            first++;
            test.Collect();
        }

        string[] series = [.. Encoding.UTF8.GetString(output.WrittenSpan).Split('\n').Where(line => line.StartsWith('g')).Select(
            line => line.Split(' ')[0])];
        Assert.NotEmpty(series);
        Assert.Equal(series.Distinct(), series);
    }

    [Fact]
    public void Without_families_the_text_is_empty() => Assert.Empty(TestCollector.Text([]));

    [Fact]
    public void Many_buckets_and_long_labels_are_written_completely()
    {
        using var test = new TestCollector();
        test.Meter.CreateHistogram(
                "h", null, null, null,
                new System.Diagnostics.Metrics.InstrumentAdvice<double>
                {
                    HistogramBucketBoundaries = [.. Enumerable.Range(0, 1_000).Select(i => (double)i)],
                })
            .Record(1, new KeyValuePair<string, object?>("x", new string('x', 20_000)));
        Assert.Equal(1_003, test.Samples().Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_abandoned_exposition_does_not_affect_the_next(bool protobuf)
    {
        ExpositionFormat format = protobuf ? ProtobufFormat.In(EscapingScheme.Underscores) : TextFormat.Instance;
        using var test = new TestCollector();
        for (var i = 0; i < 10; i++)
        {
            test.Meter.CreateCounter<int>($"c{i}").Add(i, new KeyValuePair<string, object?>("i", i));
        }

        var families = test.Collect();
        var expected = TestCollector.Bytes(families, format);
        using (var abandoned = new Exposition(format, families, [new byte[10]]))
        {
            Assert.True(abandoned.Write(new ArrayBufferWriter<byte>(), expected.Length / 2));
        }

        using var exposition = new Exposition(format, families);
        var output = new ArrayBufferWriter<byte>();
        while (exposition.Write(output, 50))
        {
        }

        Assert.Equal(expected, output.WrittenSpan);
        Assert.Equal(expected.Length, exposition.Written);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_piece_of_a_large_family_is_much_longer_than_requested(bool protobuf)
    {
        const int Asked = 4_096;
        const int Count = 15_000;
        ExpositionFormat format = protobuf ? ProtobufFormat.In(EscapingScheme.Underscores) : TextFormat.Instance;
        using var test = new TestCollector(limit: Count);
        var small = test.Meter.CreateCounter<int>("a");
        var large = test.Meter.CreateCounter<int>("b");
        var last = test.Meter.CreateCounter<int>("c");
        for (var i = 0; i < Count; i++)
        {
            large.Add(i, new KeyValuePair<string, object?>("tag", $"a value that is neither long nor short, of series {i}"));
        }

        small.Add(1);
        last.Add(1);
        var exposition = new Exposition(format, test.Collect());
        var output = new ArrayBufferWriter<byte>();
        var longest = 0;
        for (var more = true; more;)
        {
            var before = output.WrittenCount;
            more = exposition.Write(output, Asked);
            longest = Math.Max(longest, output.WrittenCount - before);
        }

        Assert.InRange(longest, Asked / 2, 3 * Asked);
        Assert.Equal(output.WrittenCount, exposition.Written);
        if (protobuf)
        {
            var messages = ProtobufMessage.ReadFamilies(output.WrittenSpan);
            Assert.Equal(["a_total", "b_total", "b_total", "c_total"], messages.Select(message => message.Get<string>("name")));
            Assert.Equal(Count + 2, messages.Sum(message => message.All("metric").Length));
        }
    }
}
