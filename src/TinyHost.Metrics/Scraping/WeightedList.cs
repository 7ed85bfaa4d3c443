// Owns: reading a field that lists what the peer accepts: members, their parameters and weights. RFC 9110 §5.6.1, §5.6.6, §12.4.2.
// Does not own: what the members mean (FormatNegotiation, CodingNegotiation).

using System.Globalization;

namespace TinyHost.Metrics;

/// <summary>
/// The members of <c>Accept</c> or <c>Accept-Encoding</c>, one after the other. What is malformed is read as well as it can be: a weight above 1 is
/// 1, one that is no number leaves its member out. Nothing fails, nothing is allocated.
/// </summary>
internal ref struct WeightedList(ReadOnlySpan<char> field)
{
    private ReadOnlySpan<char> _rest = field;

    /// <summary>The member without its parameters.</summary>
    internal ReadOnlySpan<char> Name { get; private set; }

    /// <summary>The parameters of the member, to be asked with <see cref="Parameter"/>.</summary>
    internal ReadOnlySpan<char> Parameters { get; private set; }

    /// <summary>0 to 1.</summary>
    internal double Weight { get; private set; }

    internal bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            var member = Take(ref _rest, ',');
            Name = Take(ref member, ';').Trim(" \t");
            Parameters = member;
            var weight = Parameter(Parameters, "q");
            double value = 1;
            if (Name.IsEmpty || (!weight.IsEmpty && (!double.TryParse(weight, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value))))
            {
                continue;
            }

            Weight = Math.Min(value, 1);
            return true;
        }

        return false;
    }

    /// <summary>The first parameter of that name, without quotes; empty when there is none.</summary>
    internal static ReadOnlySpan<char> Parameter(ReadOnlySpan<char> parameters, ReadOnlySpan<char> name)
    {
        while (!parameters.IsEmpty)
        {
            var value = Take(ref parameters, ';');
            var found = Take(ref value, '=').Trim(" \t");
            if (found.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return value.Trim(" \t").Trim('"');
            }
        }

        return default;
    }

    // A separator within quotes separates nothing.
    private static ReadOnlySpan<char> Take(scoped ref ReadOnlySpan<char> rest, char separator)
    {
        var quoted = false;
        for (var i = 0; i < rest.Length; i++)
        {
            if (rest[i] == '\\' && quoted)
            {
                i++;
            }
            else if (rest[i] == '"')
            {
                quoted = !quoted;
            }
            else if (rest[i] == separator && !quoted)
            {
                var taken = rest[..i];
                rest = rest[(i + 1)..];
                return taken;
            }
        }

        var all = rest;
        rest = default;
        return all;
    }
}
