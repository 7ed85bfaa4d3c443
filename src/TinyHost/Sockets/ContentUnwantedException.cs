// Owns: telling a handler that a HEAD request wants no content, when it goes on and on writing some (RFC 9110 §9.3.2).
// Does not own: any decision about the connection, which goes on.

namespace TinyHost;

internal sealed class ContentUnwantedException()
    : IOException("The response to HEAD has been sent. It has no content, so what the handler goes on writing goes nowhere.");
