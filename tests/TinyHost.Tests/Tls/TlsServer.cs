// Owns: a server with TLS, and clients that trust its authority.

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

internal static class TlsServer
{
    internal static readonly TestAuthority Authority = new();
    internal static readonly X509Certificate2 Certificate = Authority.Issue();

    /// <summary>A server with one prefix, which has <see cref="Certificate"/> unless <paramref name="configure"/> adds others.</summary>
    internal static Task<HttpServer> StartAsync(
        Action<TlsOptions>? configure = null, Func<RequestContext, Task>? app = null, Action<ServerOptions>? server = null) =>
        TestServer.StartAsync(app ?? (context => context.Response.WriteTextAsync(context.Request.Scheme)), options =>
        {
            options.Prefixes.Add("https://127.0.0.1:0/", prefix =>
            {
                configure?.Invoke(prefix.Tls);
                if (prefix.Tls.Certificates.Count == 0)
                {
                    prefix.Tls.Certificates.Add(new() { Certificate = Certificate });
                }
            });
            server?.Invoke(options);
        });

    /// <summary>A connection on which the handshake has succeeded.</summary>
    internal static async Task<SslStream> ConnectTlsAsync(
        this HttpServer server,
        string name = "localhost",
        SslProtocols versions = SslProtocols.None,
        X509Certificate2? certificate = null,
        SslApplicationProtocol? protocol = null,
        Action<X509Certificate2>? check = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.EndPoints[0]);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = name,
                EnabledSslProtocols = versions,
                ApplicationProtocols = protocol is null ? null : [protocol.Value],
                // The client must not download anything either, so that tests notice what the server does.
                ClientCertificateContext =
                    certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
                CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true },
                RemoteCertificateValidationCallback = (_, shown, _, _) =>
                {
                    check?.Invoke((X509Certificate2)shown!);
                    return shown is not null;
                },
            }).WaitAsync(TestTimeout.Long);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>The certificate that a client with this server name is shown.</summary>
    internal static async Task<X509Certificate2> CertificateForAsync(this HttpServer server, string name = "localhost")
    {
        X509Certificate2? seen = null;
        await using var stream = await server.ConnectTlsAsync(
            name, check: shown => seen = X509CertificateLoader.LoadCertificate(shown.RawData));
        return seen!;
    }

    /// <summary>Sends a request and returns the whole answer as text, to the end of the connection.</summary>
    internal static async Task<string> GetAsync(this SslStream stream, string target = "/")
    {
        await stream.WriteAsync(System.Text.Encoding.Latin1.GetBytes($"GET {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream, leaveOpen: true);
        return await reader.ReadToEndAsync().WaitAsync(TestTimeout.Long);
    }

    /// <summary>
    /// A client with this certificate gets no answer. On Linux .NET checks the certificate when the handshake is over for the client, and
    /// sends no alert.
    /// </summary>
    internal static async Task ExpectRefusalAsync(
        this HttpServer server, X509Certificate2? certificate, SslProtocols version = SslProtocols.None)
    {
        var answer = "";
        try
        {
            await using var client = await server.ConnectTlsAsync(versions: version, certificate: certificate);
            answer = await client.GetAsync();
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            // An alert, or a reset.
        }

        Assert.Equal("", answer);
    }
}
