// Owns: numbers as text, the same in every culture: values of samples, and bounds of buckets in labels.
// Sources: Prometheus text format 0.0.4, "Line format": what Go's ParseFloat reads, and NaN, +Inf, -Inf;
// OpenMetrics 1.0.0, "Considerations: Canonical Numbers": like Go's %g, with a fraction if there is neither point nor exponent.

using System.Buffers.Text;
using System.Globalization;

namespace TinyHost.Metrics;

internal static class SampleValue
{
    /// <summary>The maximum length of a value in bytes.</summary>
    internal const int MaxLength = 32;

    // Below this a double's shortest text has no exponent.
    private const double MaxExactInteger = 1e15;

    /// <summary>Writes the shortest text that reads back as the same double. Returns its length.</summary>
    internal static int Write(double value, Span<byte> destination)
    {
        int length;

        // Most values are integers, and a long is formatted much faster. A long has no negative zero.
        if (Math.Abs(value) < MaxExactInteger && (long)value is var integer && integer == value
            && (integer != 0 || !double.IsNegative(value)))
        {
            Utf8Formatter.TryFormat(integer, destination, out length);
        }
        else if (double.IsFinite(value))
        {
            value.TryFormat(destination, out length, default, CultureInfo.InvariantCulture);
        }
        else
        {
            var name = double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8;
            name.CopyTo(destination);
            length = name.Length;
        }

        return length;
    }

    /// <summary>
    /// The one text OpenMetrics allows for a number in a label, such as <c>0.5</c>, <c>10.0</c>, <c>1.048576e+06</c>, <c>1e-05</c> and
    /// <c>+Inf</c>.
    /// </summary>
    internal static string Canonical(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
        }

        // Both .NET and Go use an exponent below 1e-4. For large numbers .NET starts at 1e15, Go at 1e6.
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var point = text.IndexOf('.', StringComparison.Ordinal);
        if (text.Contains('E', StringComparison.Ordinal))
        {
            return text.Replace('E', 'e');
        }

        if (Math.Abs(value) < 1e6)
        {
            return point < 0 ? text + ".0" : text;
        }

        var first = value < 0 ? 1 : 0;
        var exponent = (point < 0 ? text.Length : point) - first - 1;
        var rest = text[(first + 1)..].Replace(".", "", StringComparison.Ordinal).TrimEnd('0');
        return string.Create(CultureInfo.InvariantCulture, $"{text[..(first + 1)]}{(rest.Length > 0 ? "." : "")}{rest}e+{exponent:00}");
    }
}
