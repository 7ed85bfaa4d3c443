// Owns: durations as Go writes them: decimal numbers, each with a unit, such as 1h15m30.5s.

using System.Buffers;
using System.Globalization;

namespace TinyHost.WebConfig;

internal static class GoDuration
{
    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789.");

    private static readonly (string Unit, double Seconds)[] s_units =
        [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("μs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3_600)];

    /// <summary>Reads a duration of at least zero. A number without a unit, which Go takes for nanoseconds, must be 0.</summary>
    internal static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan();
        if (rest is "0" or "+0")
        {
            return true;
        }

        rest = rest.StartsWith("+", StringComparison.Ordinal) ? rest[1..] : rest;
        double seconds = 0;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(s_digits);
            if (digits <= 0
                || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            rest = rest[digits..];
            var letters = rest.IndexOfAny(s_digits);
            var unit = (letters < 0 ? rest : rest[..letters]).ToString();
            var index = Array.FindIndex(s_units, known => known.Unit == unit);
            if (index < 0)
            {
                return false;
            }

            seconds += number * s_units[index].Seconds;
            rest = rest[unit.Length..];
        }

        // Go's longest duration is 292 years.
        if (text is "" or "+" || seconds > 9.2e9)
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }
}
