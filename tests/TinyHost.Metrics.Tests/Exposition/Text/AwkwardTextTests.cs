using System.Diagnostics.Metrics;
using System.Text;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Expositions;

/// <summary>Names, help and label values of any characters, in every text format.</summary>
public sealed class AwkwardTextTests
{
    public static TheoryData<string> Texts() =>
        ["quote\"", "\"", "back\\slash", "\\", "end\\", "new\nline", "\n", "\\n", "car\rriage", "tab\t", "NUL\0", "\0", "😀", "half \uD83D",
            "\uDE00 half", "{a=\"b\"}", "} 1\nb 2", "# HELP", "é", "\u2028", "\uFEFF", " ", "\u007F"];

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_name_of_any_characters_reads_back_with_UTF8_names(string text)
    {
        foreach (var format in (TextFormat[])[TextFormat.Plain(EscapingScheme.AllowUtf8), TextFormat.OpenMetrics(EscapingScheme.AllowUtf8)])
        {
            var sample = Sample(text, format);
            Assert.Equal(Read("n" + text), sample.Name);
            Assert.Equal(Read(text), sample.Label);
            Assert.Equal(Read(text), sample.Value);
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_name_of_any_characters_is_escaped_to_a_classic_name(string text)
    {
        foreach (var scheme in (EscapingScheme[])[EscapingScheme.Underscores, EscapingScheme.Dots, EscapingScheme.Values])
        {
            foreach (var format in (TextFormat[])[TextFormat.Plain(scheme), TextFormat.OpenMetrics(scheme)])
            {
                var sample = Sample(text, format);
                Assert.Matches("^[a-zA-Z_:][a-zA-Z0-9_:]*$", sample.Name);
                Assert.Matches("^[a-zA-Z_][a-zA-Z0-9_]*$", sample.Label);
                Assert.Equal(Read(text), sample.Value);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Help_of_any_characters_is_one_line_and_reads_back(string text)
    {
        using var test = new TestCollector();
        test.Meter.CreateGauge<int>("a", null, text).Record(1);
        foreach (
            var format in (TextFormat[])[TextFormat.Plain(EscapingScheme.Underscores), TextFormat.OpenMetrics(EscapingScheme.Underscores)])
        {
            var lines = TestCollector.Text(test.Collect(), format).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(format.IsOpenMetrics ? 4 : 3, lines.Length);
            var help = Assert.Single(lines, line => line.StartsWith("# HELP a ", StringComparison.Ordinal))["# HELP a ".Length..];
            Assert.Equal(Read(text), Unescape(help, format.IsOpenMetrics ? "\\\"n" : "\\n"));
        }
    }

    // The text after a round trip through UTF-8, which replaces unpaired surrogates.
    private static string Read(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>
    /// Exposes a gauge whose name is <paramref name="text"/> after a letter, and whose tag name and tag value are the text, and splits its
    /// sample.
    /// </summary>
    private static (string Name, string Label, string Value) Sample(string text, TextFormat format)
    {
        using var test = new TestCollector();
        test.Meter.CreateGauge<int>("n" + text).Record(1, new KeyValuePair<string, object?>(text, text));
        var lines = TestCollector.Text(test.Collect(), format).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string line = Assert.Single(lines, line => !line.StartsWith('#'));
        var at = 0;
        string name;
        if (line[0] == '{')
        {
            at++;
            name = Quoted(line, ref at);
            Assert.Equal(',', line[at++]);
        }
        else
        {
            name = line[..line.IndexOf('{', StringComparison.Ordinal)];
            at = name.Length + 1;
        }

        var equals = line.IndexOf('=', at);
        var label = line[at] == '"' ? Quoted(line, ref at) : line[at..(at = equals)];
        Assert.Equal('=', line[at++]);
        var value = Quoted(line, ref at);
        Assert.Equal("} 1", line[at..]);
        return (name, label, value);
    }

    private static string Quoted(string line, ref int at)
    {
        Assert.Equal('"', line[at]);
        var start = ++at;
        for (; line[at] != '"'; at++)
        {
            at += line[at] == '\\' ? 1 : 0;
        }

        return Unescape(line[start..at++], "\\\"n");
    }

    private static string Unescape(string text, string escapable)
    {
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                Assert.Contains(text[++i], escapable);
                plain.Append(text[i] == 'n' ? '\n' : text[i]);
            }
            else
            {
                plain.Append(text[i]);
            }
        }

        return plain.ToString();
    }
}
