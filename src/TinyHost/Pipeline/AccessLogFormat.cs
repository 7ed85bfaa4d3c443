// Owns: the formats of the access log.

namespace TinyHost;

/// <summary>How <see cref="AccessLog"/> writes a line. In all formats <c>-</c>, or null in JSON, stands for what is not known.</summary>
public enum AccessLogFormat
{
    /// <summary>
    /// Peer, user, method, path, status code, bytes of content read and written, milliseconds, trace id; at the end why the request was
    /// refused, or <c>aborted</c>.
    /// </summary>
    Text,

    /// <summary>The Common Log Format of Apache and nginx. The request target is without its query.</summary>
    Common,

    /// <summary>The Combined Log Format: <see cref="Common"/>, then the Referer and User-Agent fields.</summary>
    Combined,

    /// <summary>One JSON object per line, with everything that the other formats have.</summary>
    Json,
}
