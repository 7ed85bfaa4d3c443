// Owns: bearer tokens by their digests, RFC 6750 §2.1.

using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TinyHost;

/// <summary>
/// Tokens and the names of their bearers, replaced as a whole. A token is long and random, so one SHA-256 hides it well enough, unlike a
/// password.
/// </summary>
internal sealed class BearerTokens
{
    internal const string DigestPrefix = "$sha256$";

    // Keyed by the first half of the digest: who does not know the token cannot choose it.
    private volatile Dictionary<UInt128, (byte[] Digest, AdmittedUser Bearer)> _tokens = [];

    /// <summary>
    /// Replaces all tokens: <c>$sha256$</c> with 64 hexadecimal digits, or the token itself. Throws <see cref="FormatException"/>, with a
    /// sentence that shows no token, for a text that is neither, and for a name that is empty.
    /// </summary>
    internal void Replace(IEnumerable<KeyValuePair<string, string>> tokens)
    {
        var all = new Dictionary<UInt128, (byte[], AdmittedUser)>();
        foreach (var (name, token) in tokens)
        {
            if (CredentialText.FindFault(name) is { } fault)
            {
                throw new FormatException($"The name of a token {fault}.");
            }

            var digest = DigestOf(name, token);
            all[KeyOf(digest)] = (digest, new AdmittedUser(name, "Bearer"));
        }

        _tokens = all;
    }

    /// <summary>The bearer of a token; null if it is not known.</summary>
    internal AdmittedUser? Find(ReadOnlySpan<char> token)
    {
        var octets = token.Length <= 512 ? stackalloc byte[512] : new byte[token.Length];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(octets[..Encoding.ASCII.GetBytes(token, octets)], digest);
        return _tokens.TryGetValue(KeyOf(digest), out var known) && CryptographicOperations.FixedTimeEquals(known.Digest, digest)
            ? known.Bearer
            : null;
    }

    private static UInt128 KeyOf(ReadOnlySpan<byte> digest) => BinaryPrimitives.ReadUInt128BigEndian(digest);

    private static byte[] DigestOf(string name, string token)
    {
        if (string.IsNullOrWhiteSpace(token))
        {
            throw new FormatException($"The token of {name} is empty: give the token, and check that the setting it comes from is set.");
        }

        if (!token.StartsWith(DigestPrefix, StringComparison.Ordinal))
        {
            return Challenge.IsToken68(token) ? SHA256.HashData(Encoding.ASCII.GetBytes(token)) : throw new FormatException(
                $"The token of {name} is not a bearer token: letters, digits and -._~+/ with = at the end alone (RFC 6750 §2.1).");
        }

        var digits = token[DigestPrefix.Length..];
        return digits.Length == 2 * SHA256.HashSizeInBytes && digits.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(digits)
            : throw new FormatException(string.Create(
                CultureInfo.InvariantCulture, $"The digest of the token of {name} must be {DigestPrefix} and 64 hexadecimal digits."));
    }
}
