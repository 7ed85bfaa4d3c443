// Owns: comparing a secret in a time that tells nothing of it, neither of its octets nor of its length.
// Does not own: where secrets come from. Only their digests are kept.

using System.Security.Cryptography;

namespace TinyHost;

internal sealed class Secret(ReadOnlySpan<byte> octets)
{
    internal const int DigestSize = SHA256.HashSizeInBytes;

    private readonly byte[] _digest = SHA256.HashData(octets);

    /// <summary>Writes the digest of what a peer sent, to be compared with any number of secrets.</summary>
    internal static void Digest(ReadOnlySpan<byte> octets, Span<byte> digest) => SHA256.HashData(octets, digest);

    internal bool Matches(ReadOnlySpan<byte> digest) => CryptographicOperations.FixedTimeEquals(_digest, digest);
}
