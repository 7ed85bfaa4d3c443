// Owns: a TLS connection over a pair of sockets: the server's transport, and the client.

using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

internal static class TlsPair
{
    internal static readonly TestAuthority Authority = new();
    private static readonly X509Certificate2 s_certificate = Authority.Issue();
    private static readonly Meter s_meter = new("TlsPair");

    /// <summary>Connects. <paramref name="wrap"/> may put a stream between the client and its socket.</summary>
    internal static async Task<(TransportPeer Peer, TlsTransport Transport)> ConnectAsync(
        SslProtocols version = SslProtocols.None, Func<NetworkStream, Stream>? wrap = null)
    {
        var (peer, accepted) = await RawClient.PairAsync();
        var guard = new ObserverGuard(new RecordingLogger());
        var options = new TlsOptions { Certificates = { new() { Certificate = s_certificate } } };
        var opener = new TlsOpener("test", () => options);
        opener.Start(new OpenerStart(guard, s_meter, TimeProvider.System, new Reloads(guard), null));
        var clock = new Heartbeat(new ManualTime(), _ => { }, guard);
        var opening = new ConnectionOpening(
            new SocketTransport(accepted), new IPEndPoint(IPAddress.Loopback, 1), clock, new ServerLimits(), new CountingPool());
        var network = new NetworkStream(peer.Socket);
        var client = new SslStream(wrap?.Invoke(network) ?? network);
        var opened = opener.OpenAsync(opening).AsTask();
        await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = version,
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
        });
        Assert.Null(await opened);
        return (new TransportPeer(peer.Socket, client, client.ShutdownAsync), (TlsTransport)opening.Transport);
    }
}
