// Owns: the octet classes of RFC 9110 §5.6.2 (token), §5.5 (field values) and RFC 3986 (targets), and comparisons over them.
// Does not own: any message's structure.

using System.Buffers;

namespace TinyHost;

internal static class Octets
{
    /// <summary>RFC 9110 §5.6.2: tchar.</summary>
    internal static readonly SearchValues<byte> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>True for a non-empty run of tchar.</summary>
    internal static bool IsToken(ReadOnlySpan<byte> octets) => !octets.IsEmpty && !octets.ContainsAnyExcept(Token);

    /// <summary>The same for text.</summary>
    internal static bool IsToken(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(s_tokenChars);

    private static readonly SearchValues<char> s_tokenChars =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}
