// Owns: the versions of TLS as Go names them.

namespace TinyHost.WebConfig;

/// <summary>The versions that .NET serves.</summary>
internal enum GoTlsVersion
{
    /// <summary>RFC 5246.</summary>
    TLS12,

    /// <summary>RFC 8446.</summary>
    TLS13,
}
