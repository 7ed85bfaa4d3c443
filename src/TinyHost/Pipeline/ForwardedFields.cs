// Owns: the fields in which a proxy may tell of its client.

namespace TinyHost;

/// <summary>
/// The fields that the trusted proxies write (<see cref="Forwarded"/>). Only these are read: others may come from the client, since a proxy
/// passes on what it does not know.
/// </summary>
public enum ForwardedFields
{
    /// <summary><c>X-Forwarded-For</c>, <c>X-Forwarded-Proto</c> and <c>X-Forwarded-Host</c>, as most proxies write them.</summary>
    XForwarded,

    /// <summary><c>Forwarded</c> (RFC 7239).</summary>
    Forwarded,
}
