using System.Globalization;

namespace TinyHost.Metrics.Tests.Naming;

public sealed class LabelSetTests
{
    private static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);

    private static string Labels(params KeyValuePair<string, object?>[] tags) => LabelSet.From(tags, [], null).ToString();

    [Fact]
    public void Labels_are_sorted_by_name() =>
        Assert.Equal("""a="1",b="2",c="3" """.TrimEnd(), Labels(Tag("c", "3"), Tag("a", "1"), Tag("b", "2")));

    [Fact]
    public void Names_are_made_valid() =>
        Assert.Equal("""_5xx="b",http_route="a" """.TrimEnd(), Labels(Tag("http.route", "a"), Tag("5xx", "b")));

    [Fact]
    public void Names_without_ASCII_letters_or_digits_stay_apart()
    {
        Assert.Equal("U___7528__6237_=\"b\",U___8ba2__5355_=\"a\"", Labels(Tag("订单", "a"), Tag("用户", "b")));
        Assert.NotEqual(LabelSet.From([Tag("订单", "a")], [], null), LabelSet.From([Tag("用户", "a")], [], null));
        var labels = LabelSet.From([Tag("订单", "a"), Tag("_", "b")], [], null);
        Assert.Equal("U___8ba2__5355_=\"a\",_=\"b\"", labels.ToString());
        Assert.Equal("_=\"b\",\"订单\"=\"a\"", System.Text.Encoding.UTF8.GetString(labels.TextIn(EscapingScheme.AllowUtf8)));
        Assert.Equal("U___8ba2__5355_=\"a\",U____=\"b\"", System.Text.Encoding.UTF8.GetString(labels.TextIn(EscapingScheme.Dots)));
    }

    [Fact]
    public void Common_labels_give_way_to_tags_of_the_same_label()
    {
        var common = new Dictionary<string, string> { ["env"] = "prod", ["data.center"] = "eu", ["empty"] = "" };
        Assert.Equal(
            "a=\"1\",data_center=\"eu\",env=\"prod\"", LabelSet.From([Tag("a", 1)], [], null, common).ToString());
        Assert.Equal(
            "data_center=\"us\",env=\"test\"", LabelSet.From([Tag("data_center", "us")], [Tag("env", "test")], null, common).ToString());
        Assert.Equal("data_center=\"eu\",env=\"prod\"", LabelSet.From([Tag("env", "")], [], null, common).ToString());
    }

    [Fact]
    public void Values_of_tags_with_one_label_name_are_joined_in_name_order() =>
        Assert.Equal("""a_b="dot;under" """.TrimEnd(), Labels(Tag("a_b", "under"), Tag("a.b", "dot")));

    [Fact]
    public void An_empty_value_omits_the_label() => Assert.Equal("b=\"1\"", Labels(Tag("a", ""), Tag("b", 1), Tag("c", null)));

    [Fact]
    public void A_label_name_may_not_contain_a_colon() => Assert.Equal("a_b=\"1\"", Labels(Tag("a:b", 1)));

    [Fact]
    public void No_label_name_begins_with_the_reserved_double_underscore()
    {
        Assert.Equal("_name_=\"x\"", Labels(Tag("__name__", "x")));
        Assert.Equal("_=\"x\"", Labels(Tag("", "x")));
        foreach (var scheme in Enum.GetValues<EscapingScheme>())
        {
            foreach (var name in (string[])["__name__", "_name_", "-name-", "", "_", "5", ".", "__", "-"])
            {
                Assert.DoesNotMatch(
                    "^\"?(__.*)?\"?=", System.Text.Encoding.UTF8.GetString(LabelSet.From([Tag(name, "x")], [], null).TextIn(scheme)));
            }
        }
    }

    [Fact]
    public void Backslash_quote_and_newline_are_escaped() => Assert.Equal("""a="\\\"\n" """.TrimEnd(), Labels(Tag("a", "\\\"\n")));

    [Fact]
    public void Carriage_return_tab_and_NUL_are_kept() => Assert.Equal("a=\"\r\t\0\"", Labels(Tag("a", "\r\t\0")));

    [Fact]
    public void An_unpaired_surrogate_becomes_the_replacement_character() =>
        Assert.Equal("a=\"x\uFFFDy\uFFFD\"", Labels(Tag("a", "x\uD83Dy\uDE00")));

    [Fact]
    public void A_surrogate_pair_is_kept() => Assert.Equal("a=\"😀\"", Labels(Tag("a", "😀")));

    [Fact]
    public void The_reserved_label_is_renamed() =>
        Assert.Equal("exported_le=\"1\"", LabelSet.From([Tag("le", 1)], [], reserved: "le").ToString());

    [Fact]
    public void Constant_tags_are_labels() =>
        Assert.Equal("a=\"1\",z=\"2\"", LabelSet.From([Tag("a", 1)], [Tag("z", 2)], null).ToString());

    [Fact]
    public void Sets_with_equal_labels_are_equal_whatever_the_tag_types()
    {
        var one = LabelSet.From([Tag("a", 1), Tag("b", true)], [], null);
        var other = LabelSet.From([Tag("b", "true"), Tag("a", "1"), Tag("c", "")], [], null);
        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.NotEqual(one, LabelSet.From([Tag("a", 2), Tag("b", true)], [], null));
    }

    public static TheoryData<object?, string> Values => new()
    {
        { null, "" },
        { true, "true" },
        { false, "false" },
        { 'c', "c" },
        { -5, "-5" },
        { 1.5, "1.5" },
        { 0.1f, "0.1" },
        { 1.50m, "1.50" },
        { DayOfWeek.Monday, "Monday" },
        { new Uri("http://a/b"), "http://a/b" },
        { new[] { "x", "y\"z" }, """["x","y\u0022z"]""" },
        { new object?[] { 1, true, null, 2.5 }, "[1,true,null,2.5]" },
        { new Thrower(), "Thrower" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_has_one_text_in_every_culture(object? value, string expected)
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            var custom = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            custom.NumberFormat.NumberDecimalSeparator = ",";
            custom.NumberFormat.NegativeSign = "minus";
            CultureInfo.CurrentCulture = custom;
            Assert.Equal(expected, TagText.ValueOf(value));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private sealed class Thrower
    {
        public override string ToString() => throw new InvalidOperationException("no text");
    }

    private sealed class Formattable : IFormattable
    {
        public string ToString(string? format, IFormatProvider? formatProvider) => null!;
    }

    [Fact]
    public void A_value_that_formats_to_null_omits_the_label() =>
        Assert.Equal("", LabelSet.From([new("a", new Formattable())], [], null).ToString());

    [Fact]
    public void A_list_that_contains_itself_is_written_to_a_limited_depth()
    {
        object[] list = [1, null!];
        list[1] = list;
        Assert.StartsWith("a=\"[1,[1,", LabelSet.From([new("a", list)], [], null).ToString(), StringComparison.Ordinal);
    }
}
