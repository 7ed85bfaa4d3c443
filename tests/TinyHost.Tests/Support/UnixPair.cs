// Owns: two connected Unix sockets.

using System.Net.Sockets;

namespace TinyHost.Tests.Support;

internal sealed class UnixPair : IDisposable
{
    private UnixPair(Socket one, Socket other) => (One, Other) = (one, other);

    internal Socket One { get; }

    internal Socket Other { get; }

    internal static async Task<UnixPair> CreateAsync()
    {
        using var folder = new TemporaryFolder();
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var endPoint = new UnixDomainSocketEndPoint(folder.PathOf("pair"));
        listening.Bind(endPoint);
        listening.Listen();
        var one = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await one.ConnectAsync(endPoint);
        return new UnixPair(one, await listening.AcceptAsync());
    }

    public void Dispose()
    {
        One.Dispose();
        Other.Dispose();
    }
}
