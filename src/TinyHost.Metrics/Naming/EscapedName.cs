// Owns: metric and label names in each escaping scheme, so that no two families, and no two series of a family, become one.
// Source: Prometheus, "Escaping Schemes".

using System.Globalization;
using System.Text;

namespace TinyHost.Metrics;

/// <summary>How to write names with characters other than ASCII letters, digits, <c>_</c> and, in metric names, <c>:</c>.</summary>
internal enum EscapingScheme
{
    /// <summary>Each run of such characters becomes one underscore, as in OpenTelemetry.</summary>
    Underscores,

    /// <summary>
    /// A dot becomes <c>_dot_</c>, an underscore or any other character two underscores. Names this would make invalid or ambiguous use
    /// <see cref="Values"/>.
    /// </summary>
    Dots,

    /// <summary>The name begins with <c>U__</c>, and each such character becomes its code point between underscores.</summary>
    Values,

    /// <summary>The name is quoted as it is.</summary>
    AllowUtf8,
}

internal static class EscapedName
{
    private const string ValuesPrefix = "U__";

    /// <summary>The name of a metric. Names that differ with underscores differ in every scheme.</summary>
    internal static string Metric(string name, EscapingScheme scheme) => Escape(name.Length == 0 ? "_" : name, scheme, allowColon: true);

    /// <summary>
    /// The name of a label. <see cref="EscapingScheme.Dots"/> falls back to <see cref="EscapingScheme.Values"/> for a name that would fall
    /// into Prometheus' own namespace (<c>__</c>), for one of which nothing would be left, and for one that is not <paramref
    /// name="unique"/>: another tag has the same name with underscores, and might have the same name with dots.
    /// </summary>
    internal static string Label(string name, EscapingScheme scheme, bool unique)
    {
        var label = scheme == EscapingScheme.Underscores ? TagText.Underscored(name) : Escape(name, scheme, allowColon: false);
        return scheme == EscapingScheme.Dots
            && (!unique || TagText.IsLost(name) || label.StartsWith("__", StringComparison.Ordinal) || LooksLikeValues(label))
            ? Values(name, allowColon: false)
            : label;
    }

    /// <summary>The name of the label of one of these tags.</summary>
    internal static string Label(string tag, EscapingScheme scheme, KeyValuePair<string, string>[] tags) =>
        Label(tag, scheme, unique: scheme != EscapingScheme.Dots || IsUnique(tag, tags));

    // With dots, all leading digits would become the same; with underscores they do not.
    private static string Escape(string name, EscapingScheme scheme, bool allowColon) => scheme switch
    {
        EscapingScheme.Dots => char.IsAsciiDigit(name[0]) ? Values(name, allowColon) : Dots(name, allowColon),
        EscapingScheme.Values => PrometheusText.IsValidName(name, allowColon) && !LooksLikeValues(name) ? name : Values(name, allowColon),
        EscapingScheme.AllowUtf8 => name,
        _ => PrometheusText.ToValidName(name, allowColon),
    };

    private static bool IsUnique(string tag, KeyValuePair<string, string>[] tags)
    {
        var label = TagText.Underscored(tag);
        return !Array.Exists(tags, other => other.Key != tag && TagText.Underscored(other.Key) == label);
    }

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
        var escaped = new StringBuilder(ValuesPrefix);
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

    // A name in another scheme must not be mistaken for one in this.
    private static bool LooksLikeValues(string name) => name.StartsWith(ValuesPrefix, StringComparison.Ordinal);

    // Not an underscore: both schemes double it.
    private static bool IsPlain(Rune rune, bool allowDigit, bool allowColon) => rune.IsAscii && (char)rune.Value is var c
        && (char.IsAsciiLetter(c) || (allowDigit && char.IsAsciiDigit(c)) || (allowColon && c == ':'));
}
