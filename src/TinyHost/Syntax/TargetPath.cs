// Owns: turning a request target's path into the decoded, normalised path that routes compare, RFC 3986 §2.1, §5.2.4, §6.2.2.
// Does not own: splitting the target (RequestHeadParser).

namespace TinyHost;

internal static class TargetPath
{
    /// <summary>
    /// Decodes the percent-encoded octets of <paramref name="path"/> and removes its dot segments, into <paramref name="destination"/>
    /// (as long as <paramref name="path"/> at the least). A triplet stays encoded where decoding would change the path's structure or lose
    /// octets: <c>%2F</c>, and octets that do not form valid UTF-8. Returns the UTF-8 length written, or -1 for a malformed triplet or <c>%00</c>.
    /// </summary>
    internal static int Normalize(ReadOnlySpan<byte> path, Span<byte> destination) => throw new NotImplementedException();

    /// <summary>True when the path holds a <c>%</c> or a dot segment, so that <see cref="Normalize"/> would change it.</summary>
    internal static bool NeedsNormalizing(ReadOnlySpan<byte> path) => throw new NotImplementedException();
}
