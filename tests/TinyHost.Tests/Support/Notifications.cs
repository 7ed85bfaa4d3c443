// Owns: a socket of a test that takes systemd's place, and what was sent to it.

using System.Net.Sockets;
using System.Text;

namespace TinyHost.Tests.Support;

internal sealed class Notifications : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    /// <param name="address">A path, or <c>@name</c>.</param>
    internal Notifications(string address)
    {
        Address = address;
        _socket.Bind(new UnixDomainSocketEndPoint(address[0] == '@' ? '\0' + address[1..] : address));
    }

    internal string Address { get; }

    /// <summary>The next message.</summary>
    internal async Task<string> NextAsync()
    {
        var buffer = new byte[4_096];
        using var timeout = new CancellationTokenSource(TestTimeout.Long);
        return Encoding.UTF8.GetString(buffer, 0, await _socket.ReceiveAsync(buffer, timeout.Token));
    }

    /// <summary>The messages that have arrived.</summary>
    internal List<string> TakeArrived()
    {
        List<string> all = [];
        var buffer = new byte[4_096];
        while (_socket.Poll(0, SelectMode.SelectRead))
        {
            all.Add(Encoding.UTF8.GetString(buffer, 0, _socket.Receive(buffer)));
        }

        return all;
    }

    public void Dispose() => _socket.Dispose();
}
