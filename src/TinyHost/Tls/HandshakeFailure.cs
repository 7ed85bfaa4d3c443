// Owns: why a TLS handshake failed, as metrics report it.

using System.Security.Authentication;

namespace TinyHost;

internal enum HandshakeFailure
{
    /// <summary>The handshake succeeded.</summary>
    None,

    /// <summary>The peer sent a request without TLS. It gets an answer.</summary>
    PlainHttp,

    /// <summary>The peer sent neither TLS nor HTTP.</summary>
    NotTls,

    /// <summary>The handshake took longer than <see cref="ServerLimits.OpeningTimeout"/>.</summary>
    Timeout,

    /// <summary>The peer left during the handshake, or the server stopped.</summary>
    Disconnected,

    /// <summary>The client offers none of the versions served.</summary>
    ProtocolVersion,

    /// <summary>The client offers protocols, and HTTP/1.1 is not among them (ALPN, RFC 7301).</summary>
    ApplicationProtocol,

    /// <summary>The client showed no certificate.</summary>
    ClientCertificateMissing,

    /// <summary>The client's certificate was not accepted.</summary>
    ClientCertificateRefused,

    /// <summary>The client ended the handshake with an alert, mostly because it does not trust the server's certificate.</summary>
    PeerAlert,

    /// <summary>Anything else, such as no cipher suite in common.</summary>
    Other,
}

internal static class HandshakeFailures
{
    /// <summary>The reason behind an exception of the handshake.</summary>
    internal static HandshakeFailure Of(Exception exception, ServerTlsStream tls)
    {
        if (tls.HasNoCommonVersion)
        {
            return HandshakeFailure.ProtocolVersion;
        }

        if (tls.RefusedClient is { } refused)
        {
            return refused == "missing" ? HandshakeFailure.ClientCertificateMissing : HandshakeFailure.ClientCertificateRefused;
        }

        if (exception is not AuthenticationException)
        {
            return HandshakeFailure.Disconnected;
        }

        // OpenSSL's words: .NET passes on no code.
        var words = Words(exception);
        return words.Contains("no application protocol", StringComparison.OrdinalIgnoreCase) ? HandshakeFailure.ApplicationProtocol
            : words.Contains("alert", StringComparison.OrdinalIgnoreCase) ? HandshakeFailure.PeerAlert
            : HandshakeFailure.Other;
    }

    /// <summary>What went wrong, in the words of the innermost exception.</summary>
    internal static string Words(Exception exception) => exception.GetBaseException().Message.TrimEnd('.');
}
