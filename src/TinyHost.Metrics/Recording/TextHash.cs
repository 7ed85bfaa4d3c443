// Owns: hashing tag sets by the text of their values, which is the same for the number 5 and the text "5".

using System.Globalization;

namespace TinyHost.Metrics;

internal static class TextHash
{
    // Room for the text of every number, date and GUID.
    private const int MaxText = 40;

    /// <summary>
    /// As <see cref="TagHash.TryHash"/>, but by the texts of all values. Tag sets of one series have the same, unless several of their tags
    /// become one label.
    /// </summary>
    internal static ulong Of(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Span<char> buffer = stackalloc char[MaxText];
        ulong sum = 0;
        foreach (ref readonly var tag in tags)
        {
            sum += TagHash.Of(TextOf(tag.Value, buffer), tag.Key?.Length ?? 0);
        }

        return sum;
    }

    /// <summary>True if all values are texts, so that both hashes are the same.</summary>
    internal static bool AreTexts(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (ref readonly var tag in tags)
        {
            if (tag.Value is not (null or string))
            {
                return false;
            }
        }

        return true;
    }

    // In the buffer unless the value has a text of its own or does not fit.
    private static ReadOnlySpan<char> TextOf(object? value, Span<char> buffer)
    {
        var length = 0;
        var isWritten = value switch
        {
            null or string or bool => false,
            int number => number.TryFormat(buffer, out length, default, CultureInfo.InvariantCulture),
            ISpanFormattable other => other.TryFormat(buffer, out length, default, CultureInfo.InvariantCulture),
            _ => false,
        };
        return isWritten ? buffer[..length] : TagText.ValueOf(value);
    }
}
