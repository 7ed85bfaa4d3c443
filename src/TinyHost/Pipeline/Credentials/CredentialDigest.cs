// Owns: remembering credentials without keeping them: digests with a key that only this process has, and never writes anywhere.

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace TinyHost;

internal static class CredentialDigest
{
    private const int HeldOnStack = 512;

    private static readonly byte[] s_key = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);

    /// <summary>The digest of a user's name: nothing about a name can be learned from the time that looking it up takes.</summary>
    internal static UInt128 OfName(ReadOnlySpan<byte> name)
    {
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(s_key, name, digest);
        return BinaryPrimitives.ReadUInt128BigEndian(digest);
    }

    internal static UInt128 OfName(string name) => OfName(Encoding.UTF8.GetBytes(name));

    /// <summary>The digest of name and password as sent, and of what they are compared with.</summary>
    internal static UInt128 Of(long comparedWith, ReadOnlySpan<byte> credentials)
    {
        var size = sizeof(long) + credentials.Length;
        var text = size <= HeldOnStack ? stackalloc byte[HeldOnStack] : new byte[size];
        BinaryPrimitives.WriteInt64BigEndian(text, comparedWith);
        credentials.CopyTo(text[sizeof(long)..]);
        var digest = OfName(text[..size]);
        CryptographicOperations.ZeroMemory(text);
        return digest;
    }
}
