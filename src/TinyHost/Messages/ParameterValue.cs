// Owns: reading a parameter's text as a value of the handler's type, and the refusal of a parameter.

using System.Globalization;

namespace TinyHost;

internal static class ParameterValue
{
    /// <summary>Reads a value with the invariant culture. A refusal says <paramref name="kind"/> and <paramref name="name"/>.</summary>
    internal static T Parse<T>(string kind, string name, string value)
        where T : IParsable<T> =>
        // .NET's numbers and dates ignore NULs at the end.
        T.TryParse(value, CultureInfo.InvariantCulture, out var parsed) && (typeof(T) == typeof(string) || !value.Contains('\0'))
            ? parsed
            : throw Refusal(kind, name, $"is not a valid {typeof(T).Name}");

    // Without the value, which may be a secret.
    internal static RequestRejectedException Refusal(string kind, string name, string fault)
    {
        var detail = $"{kind} '{name}' {fault}";
        return new RequestRejectedException(RejectReason.InvalidParameter, $"The {detail}.") { Detail = detail };
    }
}
