// Owns: the name and the value of a tag as text, before names are escaped.
// Sources: Prometheus data model, Metric names and labels; OpenTelemetry common specification, "Attribute": values that are not strings are
// written as in JSON.

using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TinyHost.Metrics;

internal static class TagText
{
    // A list may contain itself, or have no end.
    private const int MaxDepth = 8;
    private const int MaxListText = 4_096;

    /// <summary>
    /// The name of a tag's label. An empty name, or one in Prometheus' own namespace (<c>__</c>), is replaced by underscores. A name that
    /// the format reserves is prefixed by <c>exported_</c>, as Prometheus does. An unpaired surrogate becomes U+FFFD.
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
    /// The value in the invariant culture: empty for null, <c>true</c> or <c>false</c>, a number, or <c>["a",1]</c> for a list, of
    /// which about 4,000 characters are kept. Never throws.
    /// </summary>
    internal static string ValueOf(object? value) => ValueOf(value, 0);

    private static string ValueOf(object? value, int depth)
    {
        try
        {
            return value switch
            {
                null => "",
                string text => text,
                bool flag => flag ? "true" : "false",
                IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture) ?? "",
                IEnumerable list when depth < MaxDepth => ListText(list, depth),
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

    private static string ListText(IEnumerable list, int depth)
    {
        var text = new StringBuilder("[");
        foreach (var item in list)
        {
            if (text.Length > 1)
            {
                text.Append(',');
            }

            if (text.Length > MaxListText)
            {
                text.Append("\"...\"");
                break;
            }

            if (item is null)
            {
                text.Append("null");
            }
            else if (item is string or char)
            {
                text.Append('"').Append(JsonEncodedText.Encode(item.ToString()!).Value).Append('"');
            }
            else
            {
                text.Append(ValueOf(item, depth + 1));
            }
        }

        return text.Append(']').ToString();
    }
}
