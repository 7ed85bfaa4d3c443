// Owns: what the authentication schemes share: credentials from a field, challenges, the refusal (RFC 9110 §11), and comparing secrets.

using System.Buffers;
using System.Security.Cryptography;

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

    internal static Task RefuseAsync(Response response, string challenge)
    {
        response.Fields["WWW-Authenticate"] = challenge;
        return response.AnswerErrorAsync(401);
    }
}

/// <summary>A secret, kept as its digest. Comparing takes the same time whatever the other text and its length.</summary>
internal sealed class Secret(ReadOnlySpan<byte> octets)
{
    internal const int DigestSize = SHA256.HashSizeInBytes;

    private readonly byte[] _digest = SHA256.HashData(octets);

    /// <summary>Writes the digest of a peer's text, for comparison with any number of secrets.</summary>
    internal static void Digest(ReadOnlySpan<byte> octets, Span<byte> digest) => SHA256.HashData(octets, digest);

    internal bool Matches(ReadOnlySpan<byte> digest) => CryptographicOperations.FixedTimeEquals(_digest, digest);
}
