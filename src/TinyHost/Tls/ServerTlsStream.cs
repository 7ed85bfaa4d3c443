// Owns: the server's end of a TLS connection, with what is known about its handshake.

using System.Net.Security;
using System.Security.Authentication;

namespace TinyHost;

internal sealed class ServerTlsStream(TransportStream stream) : SslStream(stream, leaveInnerStreamOpen: true)
{
    /// <summary>Why the client's certificate was not accepted, in snake case; null if it was, or none was asked for.</summary>
    internal string? RefusedClient { get; set; }

    /// <summary>Whether the client offers none of the versions served.</summary>
    internal bool HasNoCommonVersion { get; private set; }

    /// <summary>The server's part of the handshake.</summary>
    internal Task HandshakeAsync(TlsSettings settings) => AuthenticateAsServerAsync(
        static (stream, hello, settings, _) => new(((ServerTlsStream)stream).Select(hello, (TlsSettings)settings!)), settings);

    private SslServerAuthenticationOptions Select(SslClientHelloInfo hello, TlsSettings settings)
    {
        HasNoCommonVersion = hello.SslProtocols != SslProtocols.None && (hello.SslProtocols & settings.Versions) == SslProtocols.None;
        return settings.Find(hello.ServerName);
    }
}
