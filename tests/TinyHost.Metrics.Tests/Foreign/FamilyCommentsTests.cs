// Owns: tests of dividing a text into families by its comments.

using System.Text;

namespace TinyHost.Metrics.Tests.Foreign;

public sealed class FamilyCommentsTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("x 1\n", new[] { "" })]
    [InlineData("# HELP a A.\n# TYPE a gauge\na 1\n# HELP b B.\n# TYPE b counter\nb_total 1\n", new[] { "a gauge", "b counter" })]
    [InlineData("x 1\n\n# TYPE a gauge\na 1\n", new[] { "", "a gauge" })]
    [InlineData("# TYPE a gauge\n# some comment\n#\na{b=\"# TYPE c gauge\"} 1\n# HELP a late\n", new[] { "a gauge" })]
    [InlineData("# HELP a\n# TYPE a\n", new[] { "a" })]
    [InlineData("# TYPE a gauge\na 1\n# EOF\n", new[] { "a gauge" })]
    public void A_family_begins_where_the_name_in_the_comments_changes(string text, string[] expected)
    {
        var families = FamilyComments.Divide(Encoding.UTF8.GetBytes(text));
        Assert.Equal(expected, families.Select(family => $"{family.Name} {family.Type}".Trim()));
        Assert.Equal(text, string.Concat(families.Select(Lines)));
        Assert.All(families, family => Assert.Null(family.Fault));
    }

    [Theory]
    [InlineData("# HELP a Text, as written: \\n \"\n# TYPE a gauge\na 1\n", "Text, as written: \\n \"")]
    [InlineData("# TYPE a gauge\n# HELP a Second.\na 1\n", "Second.")]
    [InlineData("# HELP a \n# TYPE a gauge\n", "")]
    [InlineData("# TYPE a gauge\na 1\n# HELP a After the samples.\n", "")]
    [InlineData("a 1\n", "")]
    public void The_help_of_a_family_is_found_among_its_first_lines(string text, string expected) =>
        Assert.Equal(expected, FamilyComments.Help(new ExporterFamily("a", "gauge", Encoding.UTF8.GetBytes(text), Fault: null)));

    private static string Lines(ExporterFamily family) => Encoding.UTF8.GetString(family.Text.Span);
}
