using System.Text;

namespace TinyHost.Metrics.Tests.Foreign;

public sealed class ExporterReaderTests
{
    private const string Text =
        "# a comment\n\n# HELP a Help.\n# TYPE a gauge\na 1\na{x=\"y\"} 2\n# another\n"
        + "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n"
            + "# HELP s\n# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 1\ns_count 1\n"
        + "alone 1\nh_total 1\n#TYPE c_total\tcounter\nc_total 1\n";

    private const string OpenMetrics =
        "# TYPE c counter\n# HELP c H \\\"q\\\", \"r\".\nc_total 1\nc_created 1\n"
            + "# TYPE i info\n# HELP i \n# UNIT i \ni_info{v=\"1\"} 1\n# TYPE t_seconds gauge\n# UNIT t_seconds seconds\nt_seconds 1\n"
        + "# TYPE g gaugehistogram\ng_bucket{le=\"+Inf\"} 1\ng_gsum 1\ng_gcount 1\nalone 1\n# EOF\n";

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1_000)]
    public void Families_of_text_are_found_with_all_their_lines(int lines)
    {
        var families = Read(ExporterFormat.Text, Text, lines);
        Assert.Equal(
            [("a", "gauge"), ("h", "histogram"), ("s", "summary"), ("alone", "untyped"), ("h_total", "untyped"), ("c_total", "counter")],
            families.Select(family => (family.Name, family.Type)));
        Assert.All(families, family => Assert.Null(family.Fault));
        Assert.Equal("# HELP a Help.\n# TYPE a gauge\na 1\na{x=\"y\"} 2\n# another\n", TextOf(families[0]));
        Assert.Equal("#TYPE c_total\tcounter\nc_total 1\n", TextOf(families[^1]));
        Assert.Equal(Text[Text.IndexOf("# HELP a", StringComparison.Ordinal)..], string.Concat(families.Select(TextOf)));
    }

    [Fact]
    public void Families_of_OpenMetrics_are_found_without_its_end()
    {
        var families = Read(ExporterFormat.OpenMetrics, OpenMetrics);
        Assert.Equal(
            [("c", "counter"), ("i", "info"), ("t_seconds", "gauge"), ("g", "gaugehistogram"), ("alone", "unknown")],
            families.Select(family => (family.Name, family.Type)));
        Assert.All(families, family => Assert.Null(family.Fault));
        Assert.Equal(OpenMetrics[..^6], string.Concat(families.Select(TextOf)));
    }

    [Theory]
    [InlineData(ExporterFormat.Text, "a 1\na one\na 2\nb 1\n", "a", "a one")]
    [InlineData(ExporterFormat.Text, "a 1\n# TYPE a gauge\nb 1\n", "a", "# TYPE a gauge")]
    [InlineData(ExporterFormat.Text, "# TYPE a gauge\n# TYPE a gauge\na 1\n", "a", "# TYPE a gauge")]
    [InlineData(ExporterFormat.Text, "# HELP a 1\n# HELP a 2\na 1\n", "a", "# HELP a 2")]
    [InlineData(ExporterFormat.Text, "# TYPE a unknown\na 1\n", "a", "# TYPE a unknown")]
    [InlineData(ExporterFormat.Text, "# HELP a.b c\n", "", "# HELP a.b c")]
    [InlineData(ExporterFormat.Text, "# TYPE a gauge \na 1\n", "a", "# TYPE a gauge ")]
    [InlineData(ExporterFormat.Text, "# TYPE a  gauge\na 1\n", "a", "# TYPE a  gauge")]
    [InlineData(ExporterFormat.Text, "a 1 -5\n", "", "a 1 -5")]
    [InlineData(ExporterFormat.Text, "<html>\n", "", "<html>")]
    [InlineData(ExporterFormat.Text, "a{x=\"\u00ff\"} 1\n", "", "a{x=\"\ufffd\"} 1")]
    [InlineData(ExporterFormat.OpenMetrics, "# TYPE a gauge\n\na 1\n# EOF\n", "a", "")]
    [InlineData(ExporterFormat.OpenMetrics, "# TYPE a gauge\n# comment\na 1\n# EOF\n", "a", "# comment")]
    [InlineData(ExporterFormat.OpenMetrics, "#TYPE a gauge\na 1\n# EOF\n", "", "#TYPE a gauge")]
    [InlineData(ExporterFormat.OpenMetrics, "# TYPE  a gauge\na 1\n# EOF\n", "", "# TYPE  a gauge")]
    [InlineData(ExporterFormat.OpenMetrics, "# TYPE a untyped\na 1\n# EOF\n", "a", "# TYPE a untyped")]
    [InlineData(ExporterFormat.OpenMetrics, "# HELP a\na 1\n# EOF\n", "a", "# HELP a")]
    [InlineData(ExporterFormat.OpenMetrics, "# HELP a\thelp\na 1\n# EOF\n", "a", "# HELP a\thelp")]
    [InlineData(ExporterFormat.OpenMetrics, "# UNIT a\na 1\n# EOF\n", "a", "# UNIT a")]
    [InlineData(ExporterFormat.OpenMetrics, "# TYPE a_b info\n# UNIT a_b b\n# EOF\n", "a_b", "# UNIT a_b b")]
    [InlineData(ExporterFormat.OpenMetrics, "# UNIT a_b b\n# TYPE a_b stateset\n# EOF\n", "a_b", "# TYPE a_b stateset")]
    [InlineData(ExporterFormat.OpenMetrics, "# TYPE d unknown\nd 1 # a\ne 1\n# EOF\n", "d", "d 1 # a")]
    [InlineData(ExporterFormat.Text, "# HELP a b\nsecond line\na 1\n", "a", "second line")]
    [InlineData(ExporterFormat.Text, "# HELP a b\na 1\n# TYPE a gauge\na 2\n", "a", "# TYPE a gauge")]
    [InlineData(ExporterFormat.Text, "# TYPE a gauge\n# HELP a b\na one\na 2\n", "a", "a one")]
    [InlineData(ExporterFormat.Text, "# TYPE a gauge\n# HELP a\nb c\na 2\n", "a", "b c")]
    [InlineData(ExporterFormat.OpenMetrics, "# TYPE c counter\nc_total -1\nd -1\n# EOF\n", "c", "c_total -1")]
    [InlineData(ExporterFormat.OpenMetrics, "# UNIT a seconds\na 1\n# EOF\n", "a", "# UNIT a seconds")]
    [InlineData(ExporterFormat.OpenMetrics, "a 1\n# EOF\nb 1\n", "", "b 1")]
    public void An_invalid_line_invalidates_only_its_family(ExporterFormat format, string text, string family, string fault)
    {
        var families = Read(format, text);
        Assert.Equal((family, fault), Assert.Single(
            families.Where(family => family.Fault is not null).Select(family => (family.Name, family.Fault))));
    }

    [Theory]
    [InlineData(ExporterFormat.OpenMetrics, "# HELP a A.\n# TYPE a gauge\na 1\n# HELP a B.\n# TYPE a counter\na_total 1\n", "counter")]
    [InlineData(ExporterFormat.Text, "# TYPE a gauge\na 1\n# TYPE a gauge\na 2\n", "gauge")]
    public void A_comment_repeated_after_samples_begins_another_family(ExporterFormat format, string text, string type)
    {
        var families = Read(format, text);
        Assert.Equal([("a", "gauge", null), ("a", type, null)], families.Select(family => (family.Name, family.Type, family.Fault)));
        Assert.Equal(text, string.Concat(families.Select(TextOf)));
    }

    [Theory]
    [InlineData(ExporterFormat.Text, @"C:\temp", @"C:\\temp")]
    [InlineData(ExporterFormat.Text, @"C:\new \ ", @"C:\new \\ ")]
    [InlineData(ExporterFormat.Text, @"at the end \", @"at the end \\")]
    [InlineData(ExporterFormat.Text, @"\\server\share \\\", @"\\server\\share \\\\")]
    [InlineData(ExporterFormat.Text, "a \\\"b\\\"", "a \\\\\"b\\\\\"")]
    [InlineData(ExporterFormat.OpenMetrics, @"C:\temp \""x\""", @"C:\\temp \""x\""")]
    [InlineData(ExporterFormat.Text, "\u00ff", "\ufffd")]
    [InlineData(ExporterFormat.Text, "one\ntwo", @"one\ntwo")]
    [InlineData(ExporterFormat.Text, "\none\n\n  two 2\n# three\nC:\\", @"\none\n\n  two 2\n# three\nC:\\")]
    [InlineData(ExporterFormat.Text, "total 5\nx{} 7", @"total 5\nx{} 7")]
    [InlineData(ExporterFormat.OpenMetrics, "one\n\n# two\n", @"one\n\n# two\n")]
    [InlineData(ExporterFormat.OpenMetrics, "one\n# EOF", @"one\n# EOF")]
    public void The_text_of_a_HELP_comment_is_repaired(ExporterFormat format, string help, string repaired)
    {
        const string end = "# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n";
        foreach (var lines in (int[])[1, 1_000])
        {
            var families = Read(format, $"# HELP a {help}\n{end}", lines);
            Assert.Equal([("a", "gauge", null), ("b", "gauge", null)], families.Select(family => (family.Name, family.Type, family.Fault)));
            Assert.Equal($"# HELP a {repaired}\n{end}", string.Concat(families.Select(TextOf)));
        }
    }

    [Theory]
    [InlineData("one\ntwo\n", "one\\ntwo\n")]
    [InlineData("one\n\ntwo\n", "one\\n\\ntwo\n")]
    [InlineData("one\n\n", "one\n\n")]
    public void The_text_of_a_HELP_comment_after_TYPE_continues_up_to_a_sample(string help, string repaired)
    {
        foreach (var end in (string[])["a 1\n", "a{x=\"1\"} 1\n", "b 1\n", "# TYPE b gauge\nb 1\n"])
        {
            var families = Read(ExporterFormat.Text, $"# TYPE a gauge\n# HELP a {help}{end}");
            Assert.All(families, family => Assert.Null(family.Fault));
            Assert.Equal($"# TYPE a gauge\n# HELP a {repaired}{end}", string.Concat(families.Select(TextOf)));
        }
    }

    [Theory]
    [InlineData("# HELP a b\n\n# a comment\n# TYPE a gauge\na 1\n")]
    [InlineData("# HELP a b\n# HELP c d\n# TYPE c gauge\nc 1\n")]
    [InlineData("# HELP a b\na 1\n\nc 1\n# TYPE d gauge\nd 1\n")]
    public void A_HELP_comment_of_one_line_is_left_as_it_is(string text)
    {
        var families = Read(ExporterFormat.Text, text);
        Assert.All(families, family => Assert.Null(family.Fault));
        Assert.Equal(text, string.Concat(families.Select(TextOf)));
    }

    [Fact]
    public void An_exemplar_that_is_not_allowed_is_dropped_and_its_sample_kept()
    {
        var families = Read(
            ExporterFormat.OpenMetrics,
            "# TYPE d unknown\nd 1 # {a=\"b\"} 1\nd{x=\"# {}\"} 2 5 # {} 1\n# TYPE h histogram\nh_bucket{le=\"1\"} 1 # {} 2\n"
            + "h_bucket{le=\"+Inf\"} 1 # {} 2\nh_count 1 # {} 2 3\n# TYPE c counter\nc_total 1 # {} 1\n# EOF\n");
        Assert.All(families, family => Assert.Null(family.Fault));
        Assert.Equal(
            ["# TYPE d unknown\nd 1\nd{x=\"# {}\"} 2 5\n",
                "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1 # {} 2\nh_count 1\n",
                "# TYPE c counter\nc_total 1 # {} 1\n"],
            families.Select(TextOf));
    }

    [Theory]
    [InlineData("c_total 1.0 # {a=\"x\ny\"} 1.0 2.0\n", "c_total 1.0\n")]
    [InlineData("c_total 1.0 # {a=\"x\nc_total 7\n# EOF\",b=\"y\"} 1.0\n", "c_total 1.0\n")]
    [InlineData("c_total 1.0 # {a=\"x\nc_total{d=\"e\"} 2.0\n", "c_total 1.0\n")]
    [InlineData("c_total{d=\"e\"} 1.0 # {a=\"x\"y\"} 1.0\nc_total{d=\"f\"} 2.0\n", "c_total{d=\"e\"} 1.0\nc_total{d=\"f\"} 2.0\n")]
    [InlineData("c_total 1.0 # {a=\"x\n", "c_total 1.0\n")]
    [InlineData("c_total 1.0 # {a=\"x\"y\nz\"} 1.0\n", "c_total 1.0\n")]
    [InlineData("c_total{d=\"e\"} 1.0 # {a=b} 1.0\nc_total{d=\"f\"} 2.0\n", "c_total{d=\"e\"} 1.0\nc_total{d=\"f\"} 2.0\n")]
    [InlineData("c_total{d=\"e\"} 1.0 # {a=\"b\"}\nc_total{d=\"f\"} 2.0\n", "c_total{d=\"e\"} 1.0\nc_total{d=\"f\"} 2.0\n")]
    public void A_line_feed_in_the_value_of_an_exemplar_is_dropped_with_it(string text, string expected)
    {
        var family = Assert.Single(Read(ExporterFormat.OpenMetrics, "# TYPE c counter\n" + text + "# EOF\n"));
        Assert.Null(family.Fault);
        Assert.Equal("# TYPE c counter\n" + expected, TextOf(family));
    }

    [Fact]
    public void A_comment_with_NUL_invalidates_its_family() =>
        Assert.Equal([("a", "#\0"), ("b", null)], Read(ExporterFormat.Text, "a 1\n#\0\n# HELP b \0\nb 1\n").Select(
            family => (family.Name, family.Fault)));

    [Fact]
    public void Text_has_no_rule_for_values()
    {
        const string text = "# TYPE c counter\nc -1\n# TYPE h histogram\nh_bucket{le=\"x\"} 1.5\nh_bucket 1\nh_sum NaN\n"
            + "# TYPE s summary\ns{quantile=\"7\"} -1\ns 1\n";
        Assert.All(Read(ExporterFormat.Text, text), family => Assert.Null(family.Fault));
    }

    [Fact]
    public void A_sample_with_a_time_invalidates_its_family_in_batches()
    {
        const string text = "a 1\nb 1 5\n# TYPE h histogram\nh_bucket{le=\"x\"} 1\nc 1\n";
        Assert.All(Read(ExporterFormat.Text, text), family => Assert.Null(family.Fault));
        Assert.Equal(
            [("a", null), ("b", "b 1 5"), ("h", "h_bucket{le=\"x\"} 1"), ("c", null)],
            Read(ExporterFormat.Text, text, forBatch: true).Select(family => (family.Name, family.Fault)));
    }

    [Fact]
    public void Samples_that_a_type_does_not_have_form_their_own_family()
    {
        Assert.Equal(["h", "h_max"], Read(ExporterFormat.Text, "# TYPE h histogram\nh_count 1\nh_max 1\n").Select(family => family.Name));
        Assert.Equal(["c", "c"], Read(ExporterFormat.OpenMetrics, "# TYPE c counter\nc 1\n# EOF\n").Select(family => family.Name));
    }

    [Fact]
    public void A_family_takes_the_names_its_samples_have_in_any_format()
    {
        Assert.Equal(["c", "c_created", "c_total"], NamesOf("c_total", "counter"));
        Assert.Equal(["c", "c_created", "c_total"], NamesOf("c", "counter"));
        Assert.Equal(["h", "h_bucket", "h_count", "h_created", "h_sum"], NamesOf("h", "histogram"));
        Assert.Equal(["s", "s_count", "s_created", "s_sum"], NamesOf("s", "summary"));
        Assert.Equal(["g"], NamesOf("g", "gauge"));
    }

    private static string[] NamesOf(string name, string type) =>
        [.. new ExporterFamily(name, type, default, null).Names.Order(StringComparer.Ordinal)];

    private static IReadOnlyList<ExporterFamily> Read(ExporterFormat format, string text, int lines = 1_000, bool forBatch = false)
    {
        var reader = new ExporterReader(Encoding.Latin1.GetBytes(text), format, forBatch);
        while (reader.Read(lines))
        {
        }

        return reader.Families;
    }

    private static string TextOf(ExporterFamily family) => Encoding.UTF8.GetString(family.Text.Span);
}
