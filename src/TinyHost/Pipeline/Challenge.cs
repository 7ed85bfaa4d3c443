// Owns: the parts that authentication schemes share: credentials out of a field, challenges, and the refusal, RFC 9110 §11.
// Does not own: any scheme.

using System.Buffers;
using System.Net;

namespace TinyHost;

internal static class Challenge
{
    /// <summary>RFC 9110 §11.2: the characters of token68, before the <c>=</c> at its end.</summary>
    private static readonly SearchValues<char> s_token68 =
        SearchValues.Create("-._~+/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Begins a challenge: <c>scheme realm="…"</c>. Throws <see cref="ArgumentException"/> for a realm that is not printable ASCII.</summary>
    internal static string For(string scheme, string realm)
    {
        ArgumentNullException.ThrowIfNull(realm);
        if (realm.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw new ArgumentException($"Not a realm: a realm is printable ASCII text, such as \"metrics\".", nameof(realm));
        }

        return $"{scheme} realm=\"{realm.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>True when the Authorization field has credentials of the scheme; then those, trimmed: RFC 9110 §11.4, 1*SP.</summary>
    internal static bool TryGetCredentials(Request request, string scheme, out ReadOnlySpan<char> credentials)
    {
        var field = request.Fields["Authorization"].AsSpan();
        var isScheme = field.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) && (field.Length == scheme.Length || field[scheme.Length] == ' ');
        credentials = isScheme ? field[scheme.Length..].Trim(' ') : default;
        return isScheme;
    }

    internal static bool IsToken68(ReadOnlySpan<char> text)
    {
        var unpadded = text.TrimEnd('=');
        return !unpadded.IsEmpty && !unpadded.ContainsAnyExcept(s_token68);
    }

    internal static Task RefuseAsync(Response response, string challenge)
    {
        response.Fields["WWW-Authenticate"] = challenge;
        return response.AnswerAsync((int)HttpStatusCode.Unauthorized, "401 Unauthorized\n");
    }
}
