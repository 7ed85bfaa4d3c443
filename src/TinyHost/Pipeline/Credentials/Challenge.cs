// Owns: what the authentication schemes share: credentials from a field, and challenges (RFC 9110 §11).

using System.Buffers;

namespace TinyHost;

internal static class Challenge
{
    /// <summary>RFC 9110 §11.2: the characters of token68, before the <c>=</c> at its end.</summary>
    private static readonly SearchValues<char> s_token68 =
        SearchValues.Create("-._~+/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>
    /// Begins a challenge: <c>scheme realm="…"</c>. Throws <see cref="ArgumentException"/> for a realm that is not printable ASCII.
    /// </summary>
    internal static string For(string scheme, string realm)
    {
        ArgumentNullException.ThrowIfNull(realm);
        if (realm.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw new ArgumentException("Not a realm: a realm is printable ASCII text, such as \"metrics\".", nameof(realm));
        }

        var quoted = realm.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return $"{scheme} realm=\"{quoted}\"";
    }

    /// <summary>
    /// True when the Authorization field has credentials of the scheme: the text after the name and 1*SP (RFC 9110 §11.4).
    /// </summary>
    internal static bool TryGetCredentials(Request request, string scheme, out ReadOnlySpan<char> credentials)
    {
        var field = request.Fields["Authorization"].AsSpan();
        var isScheme = field.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            && (field.Length == scheme.Length || field[scheme.Length] == ' ');
        credentials = isScheme ? field[scheme.Length..].Trim(' ') : default;
        return isScheme;
    }

    internal static bool IsToken68(ReadOnlySpan<char> text)
    {
        var unpadded = text.TrimEnd('=');
        return !unpadded.IsEmpty && !unpadded.ContainsAnyExcept(s_token68);
    }
}
