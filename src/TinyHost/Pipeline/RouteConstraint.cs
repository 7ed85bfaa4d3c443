// Owns: the constraints of route parameters, such as {id:long}.

using System.Globalization;

namespace TinyHost;

/// <summary>What a segment must be. Where several match, the first of these is tried first.</summary>
internal enum RouteConstraint : byte
{
    /// <summary>No constraint.</summary>
    None,

    /// <summary>A whole number of 32 bits.</summary>
    Int,

    /// <summary>A whole number of 64 bits.</summary>
    Long,

    /// <summary>A GUID, with or without hyphens.</summary>
    Guid,

    /// <summary>ASCII letters.</summary>
    Alpha,
}

internal static class RouteConstraints
{
    /// <summary>The names that templates use, for error messages.</summary>
    internal const string Known = "int, long, guid, alpha";

    internal static bool TryParse(string name, out RouteConstraint constraint)
    {
        constraint = name switch
        {
            "int" => RouteConstraint.Int,
            "long" => RouteConstraint.Long,
            "guid" => RouteConstraint.Guid,
            "alpha" => RouteConstraint.Alpha,
            _ => RouteConstraint.None,
        };
        return constraint != RouteConstraint.None;
    }

    internal static bool IsMet(RouteConstraint constraint, ReadOnlySpan<char> segment) => constraint switch
    {
        RouteConstraint.Int => TryParse(segment, out var number) && number is >= int.MinValue and <= int.MaxValue,
        RouteConstraint.Long => TryParse(segment, out _),
        RouteConstraint.Guid => Guid.TryParseExact(segment, segment.Length == 32 ? "N" : "D", out _),
        _ => IsAlpha(segment),
    };

    // Digits, after a minus sign perhaps: a plus is not part of a number in a path, and parsing ignores NUL at the end.
    private static bool TryParse(ReadOnlySpan<char> segment, out long number)
    {
        number = 0;
        return !segment.IsEmpty && !segment[1..].ContainsAnyExceptInRange('0', '9') && (char.IsAsciiDigit(segment[0]) || segment[0] == '-')
            && long.TryParse(segment, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    private static bool IsAlpha(ReadOnlySpan<char> segment)
    {
        foreach (var character in segment)
        {
            if (!char.IsAsciiLetter(character))
            {
                return false;
            }
        }

        return !segment.IsEmpty;
    }
}
