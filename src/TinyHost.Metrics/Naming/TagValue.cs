// Owns: the text of a tag's value, the same in every culture.
// Does not own: its escaping (EscapedText).
// Source: OpenTelemetry common specification, "Attribute": values that are no strings are spelled as in JSON.

using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TinyHost.Metrics;

internal static class TagValue
{
    /// <summary>The value as text: empty for null, <c>true</c> and <c>false</c>, invariant numbers, <c>["a",1]</c> for a list. Never throws.</summary>
    internal static string ToText(object? value) => ToText(value, 0);

    private static string ToText(object? value, int depth)
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
#pragma warning disable CA1031 // A ToString that throws must not reach the code that records a measurement: the type's name stands in for it.
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
                text.Append(ToText(item, depth + 1));
            }
        }

        return text.Append(']').ToString();
    }

    // A list may hold itself.
    private const int MaxDepth = 8;
}
