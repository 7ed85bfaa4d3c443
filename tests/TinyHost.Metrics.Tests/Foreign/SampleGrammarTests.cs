using System.Text;

namespace TinyHost.Metrics.Tests.Foreign;

public sealed class SampleGrammarTests
{
    [Theory]
    [InlineData("a 1")]
    [InlineData("a:b_9 -1.5e-9")]
    [InlineData("a\t1\t1700000000000")]
    [InlineData("a  +Inf  5 ")]
    [InlineData("a 1 ")]
    [InlineData("a -Infinity")]
    [InlineData("a{} NaN")]
    [InlineData("a {x=\"1\"} 1")]
    [InlineData("a{x=\"1\",} .5")]
    [InlineData("a{ x = \"1\" , y=\"\\\\\\\"\\n\" } 1.")]
    [InlineData("a{x=\"}, y=\"} 1")]
    public void Text_accepts(string line) => Assert.Equal(Name(line), Length(ExporterFormat.Text, line));

    [Theory]
    [InlineData("a 1")]
    [InlineData("a{} 1")]
    [InlineData("a{x=\"1\",y=\"2\"} 1.0 1700000000.5")]
    [InlineData("a infinity -5")]
    [InlineData("a_total 1 # {} 0.5")]
    [InlineData("a_bucket{le=\"+Inf\"} 1 5 # {trace_id=\"a\"} 0.5 1.5")]
    public void OpenMetrics_accepts(string line) => Assert.Equal(Name(line), Length(ExporterFormat.OpenMetrics, line));

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("a ")]
    [InlineData("1a 1")]
    [InlineData(" a 1")]
    [InlineData("a.b 1")]
    [InlineData("a one")]
    [InlineData("a 1e999")]
    [InlineData("a 0x10")]
    [InlineData("a 1_000")]
    [InlineData("a 1 2 3")]
    [InlineData("a 1\r")]
    [InlineData("a{x=\"1\"}")]
    [InlineData("a{x=1} 1")]
    [InlineData("a{x=\"1\" 1")]
    [InlineData("a{x=\"1} 1")]
    [InlineData("a{x=\"1\\\"} 1")]
    [InlineData("a{x=\"\\d\"} 1")]
    [InlineData("a{x=\"1\"y=\"2\"} 1")]
    [InlineData("a{x=\"1\",x=\"2\"} 1")]
    [InlineData("a{__name__=\"b\"} 1")]
    [InlineData("a{\"b\"} 1")]
    [InlineData("a{1=\"2\"} 1")]
    [InlineData("a{,} 1")]
    [InlineData("{a=\"b\"} 1")]
    public void Neither_format_accepts(string line)
    {
        Assert.Equal(0, Length(ExporterFormat.Text, line));
        Assert.Equal(0, Length(ExporterFormat.OpenMetrics, line));
    }

    [Theory]
    [InlineData("a 1.5 1.5")]
    [InlineData("a 1 -5")]
    [InlineData("a 1 +5")]
    [InlineData("a 1 9223372036854775808")]
    [InlineData("a 1 # {} 0.5")]
    public void Text_rejects(string line) => Assert.Equal(0, Length(ExporterFormat.Text, line));

    [Theory]
    [InlineData("a  1")]
    [InlineData("a\t1")]
    [InlineData("a 1 ")]
    [InlineData("a {x=\"1\"} 1")]
    [InlineData("a{x=\"1\",} 1")]
    [InlineData("a{x=\"1\", y=\"2\"} 1")]
    [InlineData("a 1  # {} 0.5")]
    [InlineData("a 1 # 0.5")]
    [InlineData("a 1 #{} 0.5")]
    public void OpenMetrics_rejects(string line) => Assert.Equal(0, Length(ExporterFormat.OpenMetrics, line));

    [Fact]
    public void NUL_is_allowed_only_in_labels_of_samples()
    {
        foreach (var format in Enum.GetValues<ExporterFormat>())
        {
            Assert.Equal(1, Length(format, "a{x=\"\0y\0\"} 1"));
            Assert.Equal(0, Length(format, "a 1\0"));
            Assert.Equal(0, Length(format, "a 1 5\0"));
        }
    }

    [Fact]
    public void A_parsed_sample_has_a_value_labels_and_an_exemplar()
    {
        var grammar = new SampleGrammar(ExporterFormat.OpenMetrics);
        var line = "a{x=\"1\",y=\"\"} -2 5 # {z=\"3\"} 4 6"u8;
        Assert.Equal(1, grammar.NameLength(line));
        Assert.Equal((-2, 4.0), (grammar.Value, grammar.Exemplar));
        Assert.True(grammar.TryGetLabel(line, "x"u8, out var x) && x.SequenceEqual("1"u8));
        Assert.True(grammar.TryGetLabel(line, "y"u8, out var y) && y.IsEmpty);
        Assert.False(grammar.TryGetLabel(line, "z"u8, out _));

        Assert.False(grammar.EndsWithValue);

        Assert.Equal(1, grammar.NameLength("a 1"u8));
        Assert.Null(grammar.Exemplar);
        Assert.True(grammar.EndsWithValue);
        Assert.False(grammar.TryGetLabel("a 1"u8, "x"u8, out _));
    }

    private static int Name(string line) => line.IndexOfAny([' ', '\t', '{']);

    private static int Length(ExporterFormat format, string line) => new SampleGrammar(format).NameLength(Encoding.UTF8.GetBytes(line));

    [Theory]
    [InlineData("a 1 NaN")]
    [InlineData("a 1 +Inf")]
    public void OpenMetrics_requires_times_to_be_finite(string line) => Assert.Equal(0, Length(ExporterFormat.OpenMetrics, line));

    [Theory]
    [InlineData(127, true)]
    [InlineData(128, false)]
    public void An_exemplar_longer_than_128_characters_is_invalid(int length, bool isValid)
    {
        var grammar = new SampleGrammar(ExporterFormat.OpenMetrics);
        Assert.NotEqual(0, grammar.NameLength(Encoding.UTF8.GetBytes($"a_total 1 # {{x=\"\\n{new string('é', length - 1)}\"}} 1")));
        Assert.Equal(isValid, grammar.Exemplar is not null);
    }

    [Theory]
    [InlineData("a_total 1", " # {}")]
    [InlineData("a_total{x=\"# {}\"} 1", " # {x=\"1} 1")]
    [InlineData("a_total 1 5.5", " # {} 0.5 1 2")]
    [InlineData("a_total 1", " # {x=\"1\",x=\"2\"} 1")]
    [InlineData("a_total 1", " # {x=\"\0\"} 1")]
    [InlineData("a_total 1", " # {x=\"/{id}\"} 1")]
    [InlineData("a_total 1", " # {} 1 NaN")]
    [InlineData("a_total 1", " # {} one")]
    public void A_sample_with_an_invalid_exemplar_is_a_sample(string sample, string exemplar)
    {
        var grammar = new SampleGrammar(ExporterFormat.OpenMetrics);
        Assert.Equal("a_total".Length, grammar.NameLength(Encoding.UTF8.GetBytes(sample + exemplar)));
        Assert.True(grammar.HasExemplar);
        Assert.Null(grammar.Exemplar);
        Assert.Equal(sample.Length, grammar.Length);
    }
}
