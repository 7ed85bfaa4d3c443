// Owns: spelling metric and label names by an escaping scheme.
// Does not own: quoting (SampleName, LabelSet).
// Source: Prometheus, "Escaping Schemes".

using System.Globalization;
using System.Text;

namespace TinyHost.Metrics;

internal static class EscapedName
{
    /// <summary>The name of a metric.</summary>
    internal static string Metric(string name, EscapingScheme scheme) => Escape(name.Length == 0 ? "_" : name, scheme, allowColon: true);

    /// <summary>The name of a label. One that begins with <c>__</c> would be Prometheus' own, and is spelled with underscores always.</summary>
    internal static string Label(string name, EscapingScheme scheme) =>
        Escape(name, name.Length == 0 || name.StartsWith("__", StringComparison.Ordinal) ? EscapingScheme.Underscores : scheme, allowColon: false);

    private static string Escape(string name, EscapingScheme scheme, bool allowColon) => scheme switch
    {
        EscapingScheme.Dots => Dots(name, allowColon),
        EscapingScheme.Values => NameCharacters.AreValid(name, allowColon) ? name : Values(name, allowColon),
        EscapingScheme.AllowUtf8 => name,
        _ => NameCharacters.Replace(name, allowColon),
    };

    private static string Dots(string name, bool allowColon)
    {
        var escaped = new StringBuilder();
        foreach (Rune rune in name.EnumerateRunes())
        {
            if (rune.Value == '.')
            {
                escaped.Append("_dot_");
            }
            else if (IsPlain(rune, escaped.Length > 0, allowColon))
            {
                escaped.Append((char)rune.Value);
            }
            else
            {
                escaped.Append("__");
            }
        }

        return escaped.ToString();
    }

    private static string Values(string name, bool allowColon)
    {
        var escaped = new StringBuilder("U__");
        bool first = true;
        foreach (Rune rune in name.EnumerateRunes())
        {
            if (rune.Value == '_')
            {
                escaped.Append("__");
            }
            else if (IsPlain(rune, !first, allowColon))
            {
                escaped.Append((char)rune.Value);
            }
            else
            {
                escaped.Append(CultureInfo.InvariantCulture, $"_{rune.Value:x}_");
            }

            first = false;
        }

        return escaped.ToString();
    }

    // An underscore is not among them: both schemes double it.
    private static bool IsPlain(Rune rune, bool allowDigit, bool allowColon) => rune.IsAscii && (char)rune.Value is var c
        && (char.IsAsciiLetter(c) || (allowDigit && char.IsAsciiDigit(c)) || (allowColon && c == ':'));
}
