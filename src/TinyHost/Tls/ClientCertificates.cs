// Owns: whether clients show certificates.

namespace TinyHost;

/// <summary>Whether a TLS client must show a certificate.</summary>
public enum ClientCertificates
{
    /// <summary>Clients are not asked for a certificate.</summary>
    None,

    /// <summary>Clients are asked and may have none. A certificate that is not accepted fails the handshake.</summary>
    Optional,

    /// <summary>A client without an accepted certificate fails the handshake.</summary>
    Required,
}
