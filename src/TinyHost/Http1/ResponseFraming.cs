// Owns: the ways in which a response's content is delimited, RFC 9112 §6.3.
// Does not own: choosing among them (ResponseWriter).

namespace TinyHost;

internal enum ResponseFraming : byte
{
    NoContent,
    ContentLength,
    Chunked,
    UntilClose,
}
