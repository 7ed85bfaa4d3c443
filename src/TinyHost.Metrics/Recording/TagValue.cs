// Owns: which values of tags are compared as they are, and which by their text.

using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

/// <summary>
/// Code of the application (ToString, GetHashCode, Equals) must not run under a lock, nor throw into a measurement. So values are compared
/// as they are only if .NET defines their type and they cannot change; all others are replaced by their text beforehand, at each
/// measurement.
/// </summary>
internal static class TagValue
{
    /// <summary>True for null, texts, numbers, enums, dates and times, and GUIDs.</summary>
    internal static bool IsFixed(object? value) => value is null
        || Type.GetTypeCode(value.GetType()) is not (TypeCode.Object or TypeCode.DBNull)
        || value is Guid or DateTimeOffset or TimeSpan or DateOnly or TimeOnly or nint or nuint or Int128 or UInt128 or Half;

    /// <summary>The hash code of a fixed value. False, and 0, for all others.</summary>
    internal static bool TryHash(object value, out uint hash)
    {
        if (value is bool flag)
        {
            hash = flag ? 1u : 2u;
            return true;
        }

        if (value is long number)
        {
            hash = (uint)(number ^ (number >> 32));
            return true;
        }

        var isFixed = value is int or Enum || IsFixed(value);
        hash = isFixed ? (uint)value.GetHashCode() : 0;
        return isFixed;
    }

    /// <summary>The hash code of a fixed value, and 0 for all others.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static uint HintOf(object value)
    {
        TryHash(value, out var hash);
        return hash;
    }

    /// <summary>Copies tags, with values that are not fixed replaced by their text.</summary>
    internal static void CopyFixed(ReadOnlySpan<KeyValuePair<string, object?>> tags, Span<KeyValuePair<string, object?>> copy)
    {
        for (var i = 0; i < tags.Length; i++)
        {
            var value = tags[i].Value;
            copy[i] = IsFixed(value) ? tags[i] : new(tags[i].Key, TagText.ValueOf(value));
        }
    }
}
