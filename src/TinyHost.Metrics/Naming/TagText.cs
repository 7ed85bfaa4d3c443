// Owns: the name and the value of a tag as text.
// Sources: Prometheus data model, Metric names and labels; OpenTelemetry common specification, "Attribute": values that are not strings are
// written as in JSON.

using System.Collections;
using System.Globalization;
using System.Text;

namespace TinyHost.Metrics;

internal static class TagText
{
    // A list may contain itself.
    private const int MaxDepth = 8;

    /// <summary>
    /// The name of a tag's label, before it is escaped. An empty name, or one in Prometheus' own namespace (<c>__</c>), is replaced by
    /// underscores. A name that the format reserves is prefixed by <c>exported_</c>, as Prometheus does. An unpaired surrogate becomes
    /// U+FFFD.
    /// </summary>
    internal static string NameOf(string? tag, string? reserved)
    {
        if (string.IsNullOrEmpty(tag) || tag.StartsWith("__", StringComparison.Ordinal))
        {
            return PrometheusText.ToValidName(tag ?? "", allowColon: false);
        }

        if (tag == reserved)
        {
            return "exported_" + tag;
        }

        return tag.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(tag)) : tag;
    }

    /// <summary>
    /// The name of a label with underscores. If nothing would be left of it (<c>订单</c>), it is escaped as in <see
    /// cref="EscapingScheme.Values"/>: otherwise the labels of all such tags would become one.
    /// </summary>
    internal static string Underscored(string tag) => IsLost(tag)
        ? EscapedName.Label(tag, EscapingScheme.Values, unique: true)
        : PrometheusText.ToValidName(tag, allowColon: false);

    /// <summary>Whether underscores would leave nothing of a name.</summary>
    internal static bool IsLost(string tag) => !Ascii.IsValid(tag) && PrometheusText.ToValidName(tag, allowColon: false) == "_";

    /// <summary>
    /// The value in the invariant culture: empty for null, <c>true</c> or <c>false</c>, a number, or <c>["a",1]</c> for a list, of
    /// which about 4,000 characters are kept. Never throws.
    /// </summary>
    internal static string ValueOf(object? value) => ValueOf(value, 0);

    /// <summary>The value of an element at this depth of nested lists.</summary>
    internal static string ValueOf(object? value, int depth)
    {
        try
        {
            return value switch
            {
                null => "",
                string text => text,
                bool flag => flag ? "true" : "false",
                IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture) ?? "",
                IEnumerable list when depth < MaxDepth => ListText.Of(list, depth),
                _ => value.ToString() ?? "",
            };
        }
#pragma warning disable CA1031 // An exception of ToString must not reach the code that records: use the name of the type instead.
        catch (Exception)
#pragma warning restore CA1031
        {
            return value!.GetType().Name;
        }
    }
}
