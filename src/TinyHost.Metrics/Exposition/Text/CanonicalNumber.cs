// Owns: spelling a number that is a label's value, where one number has to have one text.
// Does not own: values of samples (SampleValue).
// Source: OpenMetrics 1.0.0, "Considerations: Canonical Numbers": as Go's %g, and with a fraction where there is neither point nor exponent.

using System.Globalization;

namespace TinyHost.Metrics;

internal static class CanonicalNumber
{
    /// <summary><c>0.5</c>, <c>10.0</c>, <c>1.048576e+06</c>, <c>1e-05</c>, <c>+Inf</c>: as Prometheus spells bounds it has from protobuf.</summary>
    internal static string Of(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
        }

        // .NET and Go have an exponent below 1e-4 alike, above they do not: from 1e15 and from 1e6.
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
