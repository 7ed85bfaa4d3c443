// Owns: the ways in which a response's content is delimited, RFC 9112 §6.3.
// Does not own: choosing among them (ResponseWriter).

namespace TinyHost;

internal enum ResponseFraming : byte
{
    NotStarted,
    NoContent,
    ContentLength,
    Chunked,
    UntilClose,

    /// <summary>101: what follows the head is another protocol's (RFC 9110 §7.8).</summary>
    Upgraded,
}
