namespace TinyHost.Metrics.Tests.Naming;

public sealed class EscapedNameTests
{
    [Theory]
    [InlineData("http.requests_total", EscapingScheme.Underscores, "http_requests_total")]
    [InlineData("http.requests_total", EscapingScheme.Dots, "http_dot_requests__total")]
    [InlineData("http.requests_total", EscapingScheme.Values, "U__http_2e_requests__total")]
    [InlineData("http.requests_total", EscapingScheme.AllowUtf8, "http.requests_total")]
    [InlineData("plain_name", EscapingScheme.Underscores, "plain_name")]
    [InlineData("plain_name", EscapingScheme.Dots, "plain__name")]
    [InlineData("plain_name", EscapingScheme.Values, "plain_name")]
    [InlineData("a:b", EscapingScheme.Dots, "a:b")]
    [InlineData("5xx", EscapingScheme.Dots, "U___35_xx")]
    [InlineData("5xx", EscapingScheme.Values, "U___35_xx")]
    [InlineData("größe 😀", EscapingScheme.Values, "U__gr_f6__df_e_20__1f600_")]
    [InlineData("größe 😀", EscapingScheme.Dots, "gr____e____")]
    [InlineData("U__a", EscapingScheme.Values, "U__U____a")]
    [InlineData("U__a", EscapingScheme.Dots, "U____a")]
    [InlineData("", EscapingScheme.AllowUtf8, "_")]
    internal void A_metric_name_is_escaped_by_the_scheme(string name, EscapingScheme scheme, string expected) =>
        Assert.Equal(expected, EscapedName.Metric(name, scheme));

    [Theory]
    [InlineData("a:b", EscapingScheme.Values, "U__a_3a_b")]
    [InlineData("a:b", EscapingScheme.Dots, "a__b")]
    [InlineData("a-b", EscapingScheme.Dots, "a__b")]
    [InlineData("a.b", EscapingScheme.AllowUtf8, "a.b")]
    [InlineData("_name_", EscapingScheme.Values, "_name_")]
    [InlineData("_name_", EscapingScheme.Dots, "U____name__")]
    [InlineData("-name-", EscapingScheme.Dots, "U___2d_name_2d_")]
    [InlineData("5xx", EscapingScheme.Dots, "U___35_xx")]
    [InlineData("U_a", EscapingScheme.Dots, "U__U__a")]
    [InlineData("U__a", EscapingScheme.Values, "U__U____a")]
    internal void A_label_name_has_no_colon_and_is_not_reserved_by_Prometheus(string name, EscapingScheme scheme, string expected) =>
        Assert.Equal(expected, EscapedName.Label(name, scheme, unique: true));

    [Fact]
    public void Labels_that_would_merge_under_dots_are_escaped_by_value()
    {
        Assert.Equal(
            """U__a_2d_b="x",U__a__b="y" """.TrimEnd(),
            Text(LabelSet.From([new("a-b", "x"), new("a_b", "y")], [], null), EscapingScheme.Dots));
        Assert.Equal(
            """a__b="x",c__d="y" """.TrimEnd(),
            Text(LabelSet.From([new("a-b", "x"), new("c_d", "y")], [], null), EscapingScheme.Dots));
    }

    [Fact]
    internal void A_name_of_any_characters_becomes_valid()
    {
        for (var c = 0; c <= char.MaxValue; c++)
        {
            foreach (var scheme in (EscapingScheme[])[EscapingScheme.Underscores, EscapingScheme.Dots, EscapingScheme.Values])
            {
                var name = $"{(char)c}x{(char)c}";
                Assert.True(PrometheusText.IsValidName(EscapedName.Metric(name, scheme), allowColon: true));
                Assert.True(PrometheusText.IsValidName(EscapedName.Label(name, scheme, unique: true), allowColon: false));
            }
        }
    }

    [Fact]
    public void Labels_are_escaped_by_the_scheme()
    {
        var labels = LabelSet.From([new("http.route", "/\"x"), new("plain", 1)], [], null);
        Assert.Equal("""http_route="/\"x",plain="1" """.TrimEnd(), Text(labels, EscapingScheme.Underscores));
        Assert.Equal("""http_dot_route="/\"x",plain="1" """.TrimEnd(), Text(labels, EscapingScheme.Dots));
        Assert.Equal("""U__http_2e_route="/\"x",plain="1" """.TrimEnd(), Text(labels, EscapingScheme.Values));
        Assert.Equal(""" "http.route"="/\"x",plain="1" """.Trim(), Text(labels, EscapingScheme.AllowUtf8));
    }

    [Fact]
    public void Tags_that_merge_under_underscores_are_separate_labels_with_UTF8_names()
    {
        var labels = LabelSet.From([new("a_b", "under"), new("a.b", "dot")], [], null);
        Assert.Equal("""a_b="dot;under" """.TrimEnd(), Text(labels, EscapingScheme.Underscores));
        Assert.Equal(""" "a.b"="dot",a_b="under" """.Trim(), Text(labels, EscapingScheme.AllowUtf8));
    }

    private static string Text(LabelSet labels, EscapingScheme scheme) => System.Text.Encoding.UTF8.GetString(labels.TextIn(scheme));
}
