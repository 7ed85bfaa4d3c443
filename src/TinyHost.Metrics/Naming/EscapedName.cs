// Owns: spelling metric and label names by an escaping scheme, so that no two families, and no two series of a family, become one.
// Does not own: quoting (SampleName, LabelSet), nor what underscores make one (FamilyRegistry, LabelSet).
// Source: Prometheus, "Escaping Schemes".

using System.Globalization;
using System.Text;

namespace TinyHost.Metrics;

internal static class EscapedName
{
    /// <summary>The name of a metric. No two of one scheme are alike unless they are with underscores.</summary>
    internal static string Metric(string name, EscapingScheme scheme) => Escape(name.Length == 0 ? "_" : name, scheme, allowColon: true);

    /// <summary>
    /// The name of a label, from a name that <see cref="TagName"/> gave. Where <see cref="EscapingScheme.Dots"/> would make it Prometheus' own, which
    /// begin with <c>__</c>, it is spelled by value, as is one that is not <paramref name="alone"/>: another tag of the series has the same name with
    /// underscores, and might have it with dots.
    /// </summary>
    internal static string Label(string name, EscapingScheme scheme, bool alone)
    {
        var label = Escape(name, scheme, allowColon: false);
        return scheme == EscapingScheme.Dots && (!alone || label.StartsWith("__", StringComparison.Ordinal) || IsByValue(label))
            ? Values(name, allowColon: false)
            : label;
    }

    // With dots, all first digits are one: they are not with underscores.
    private static string Escape(string name, EscapingScheme scheme, bool allowColon) => scheme switch
    {
        EscapingScheme.Dots => char.IsAsciiDigit(name[0]) ? Values(name, allowColon) : Dots(name, allowColon),
        EscapingScheme.Values => NameCharacters.AreValid(name, allowColon) && !IsByValue(name) ? name : Values(name, allowColon),
        EscapingScheme.AllowUtf8 => name,
        _ => NameCharacters.Replace(name, allowColon),
    };

    private static string Dots(string name, bool allowColon)
    {
        var escaped = new StringBuilder();
        foreach (var rune in name.EnumerateRunes())
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
        var escaped = new StringBuilder(ByValue);
        var first = true;
        foreach (var rune in name.EnumerateRunes())
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

    // What is spelled otherwise must not look so.
    private static bool IsByValue(string name) => name.StartsWith(ByValue, StringComparison.Ordinal);

    private const string ByValue = "U__";

    // An underscore is not among them: both schemes double it.
    private static bool IsPlain(Rune rune, bool allowDigit, bool allowColon) => rune.IsAscii && (char)rune.Value is var c
        && (char.IsAsciiLetter(c) || (allowDigit && char.IsAsciiDigit(c)) || (allowColon && c == ':'));
}
