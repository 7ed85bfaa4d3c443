// Owns: what a handler can learn about the TLS of its connection.

using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace TinyHost;

/// <summary>What the client and the server agreed on in the TLS handshake.</summary>
public sealed class TlsConnectionInfo
{
    internal TlsConnectionInfo(SslProtocols protocol, TlsCipherSuite cipherSuite, string serverName, X509Certificate2? clientCertificate)
    {
        Protocol = protocol;
        CipherSuite = cipherSuite;
        ServerName = serverName;
        ClientCertificate = clientCertificate;
    }

    /// <summary>The version: <see cref="SslProtocols.Tls12"/> or <see cref="SslProtocols.Tls13"/>.</summary>
    public SslProtocols Protocol { get; }

    /// <summary>The cipher suite, by its name at IANA.</summary>
    public TlsCipherSuite CipherSuite { get; }

    /// <summary>The server name that the client asked for (SNI); empty without one.</summary>
    public string ServerName { get; }

    /// <summary>
    /// The client's certificate, accepted by the server; null without one (<see cref="TlsOptions.ClientCertificates"/>).
    /// </summary>
    public X509Certificate2? ClientCertificate { get; }
}
