// Owns: spelling a sample's value, the same in every culture, without allocating.
// Does not own: the line it stands in.
// Source: Prometheus text format 0.0.4, "Line format": what Go's ParseFloat reads, and NaN, +Inf, -Inf.

using System.Buffers.Text;
using System.Globalization;

namespace TinyHost.Metrics;

internal static class SampleValue
{
    /// <summary>No value is longer, in octets.</summary>
    internal const int MaxLength = 32;

    /// <summary>Writes the shortest text that reads back as the same double. Returns its length.</summary>
    internal static int Write(double value, Span<byte> destination)
    {
        int length;

        // Most values are whole, and a long is written many times faster. Zero has a sign that a long has not.
        if (Math.Abs(value) < ExactWhole && (long)value is var whole && whole == value && (whole != 0 || !double.IsNegative(value)))
        {
            Utf8Formatter.TryFormat(whole, destination, out length);
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

    // Below this a double's shortest text has no exponent.
    private const double ExactWhole = 1e15;
}
