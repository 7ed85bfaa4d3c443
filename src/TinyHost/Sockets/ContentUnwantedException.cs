// Owns: telling a handler that writes a long response to HEAD that its content is not sent (RFC 9110 §9.3.2). The connection goes on.

namespace TinyHost;

internal sealed class ContentUnwantedException()
    : IOException("The response to HEAD has been sent. It has no content, so further content is discarded.");
