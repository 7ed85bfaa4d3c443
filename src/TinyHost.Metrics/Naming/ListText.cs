// Owns: the text of a list in a tag's value.
// Source: OpenTelemetry common specification, "Attribute": values that are not strings are written as in JSON.

using System.Collections;
using System.Text;
using System.Text.Json;

namespace TinyHost.Metrics;

internal static class ListText
{
    // A list may have no end.
    private const int MaxLength = 4_096;

    /// <summary>The list at this depth of nested lists, as in JSON; about 4,000 characters are kept.</summary>
    internal static string Of(IEnumerable list, int depth)
    {
        var text = new StringBuilder("[");
        var isFirst = true;
        foreach (var item in list)
        {
            // Also between empty texts, so that a list of these ends as well.
            text.Append(isFirst ? "" : ",");
            isFirst = false;
            if (text.Length > MaxLength)
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
                text.Append(TagText.ValueOf(item, depth + 1));
            }
        }

        return text.Append(']').ToString();
    }
}
