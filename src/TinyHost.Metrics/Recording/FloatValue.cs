// Owns: the double that stands for a float: 0.1 for 0.1f, where a cast gives 0.10000000149011612.

using System.Globalization;

namespace TinyHost.Metrics;

internal static class FloatValue
{
    private const int Middle = 6;

    // A float times one of these has at most 48 significant bits: a double holds the product exactly.
    private static readonly double[] s_powers = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10];

    /// <summary>
    /// The double with the shortest decimal text that reads back as this float. Whole numbers keep their value: 2^30 is 1073741824, not
    /// 1073741800.
    /// </summary>
    internal static double ToDouble(float value)
    {
        // Measured values have many digits: begin in the middle.
        for (var i = TryRound(value, Middle, out _) ? 0 : Middle + 1; i < s_powers.Length; i++)
        {
            if (TryRound(value, i, out var rounded))
            {
                return rounded;
            }
        }

        return float.IsFinite(value) ? Parse(value) : value;
    }

    // Rounds to so many decimal places. Both sides of the division are exact, so the quotient is the double nearest to the decimal.
    private static bool TryRound(float value, int places, out double rounded)
    {
        var power = s_powers[places];
        rounded = Math.Round(value * power) / power;
        return (float)rounded == value;
    }

    // Tiny values.
    private static double Parse(float value)
    {
        Span<char> text = stackalloc char[32];
        value.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        return double.Parse(text[..length], NumberStyles.Float, CultureInfo.InvariantCulture);
    }
}
