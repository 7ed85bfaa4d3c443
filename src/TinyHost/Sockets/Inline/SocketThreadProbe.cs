// Owns: a datagram that a socket sends to itself, to see on which kind of thread its arrival is reported, and whether that thread is
// blocked.

using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace TinyHost;

internal sealed class SocketThreadProbe : IDisposable
{
    private const string CountVariable = "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT";
    private const long BlockedMilliseconds = 900;

    private static readonly byte[] s_content = [0];

    private readonly Socket _socket;
    private readonly SocketAsyncEventArgs _receive = new(true);
    private long _sentAt;
    private volatile bool _isOnItsWay;

    /// <param name="arrived">Called when the datagram arrives, with true on a thread of the pool.</param>
    /// <exception cref="SocketException">There is no loopback interface, or no descriptor is left.</exception>
    internal SocketThreadProbe(Action<bool>? arrived = null)
    {
        var address = Socket.OSSupportsIPv4 ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        _socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            _socket.Bind(new IPEndPoint(address, 0));
            _socket.Connect(_socket.LocalEndPoint!);
        }
        catch
        {
            Dispose();
            throw;
        }

        _receive.SetBuffer(new byte[s_content.Length]);
        _receive.Completed += (_, receive) =>
        {
            _isOnItsWay = false;
            if (receive.SocketError == SocketError.Success)
            {
                arrived?.Invoke(Thread.CurrentThread.IsThreadPoolThread);
            }
        };
    }

    /// <summary>
    /// A probe on each socket thread: the runtime assigns sockets to its threads in turn. If other sockets are made meanwhile a thread may
    /// be left out, and no warning comes from it.
    /// </summary>
    internal static SocketThreadProbe[] OnEachThread()
    {
        var setting = Environment.GetEnvironmentVariable(CountVariable);
        var isSet = int.TryParse(setting, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0;
        var probes = new List<SocketThreadProbe>();
        try
        {
            for (var left = isSet ? Math.Min(count, Environment.ProcessorCount) : Environment.ProcessorCount; left > 0; left--)
            {
                probes.Add(new SocketThreadProbe());
            }
        }
        catch
        {
            probes.ForEach(probe => probe.Dispose());
            throw;
        }

        return [.. probes];
    }

    /// <summary>Sends the datagram. False if its arrival cannot be seen. The previous one must have arrived.</summary>
    internal bool TrySend()
    {
        if (!_socket.ReceiveAsync(_receive))
        {
            return false;
        }

        _socket.Send(s_content);
        return true;
    }

    /// <summary>True while the last datagram has been on its way for about a second; otherwise sends the next one.</summary>
    /// <param name="now">In milliseconds, from a clock that never goes back.</param>
    internal bool IsThreadBlocked(long now)
    {
        if (_isOnItsWay)
        {
            return now - _sentAt >= BlockedMilliseconds;
        }

        (_sentAt, _isOnItsWay) = (now, true);
        try
        {
            if (!TrySend())
            {
                _isOnItsWay = false;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            _isOnItsWay = false;
        }

        return false;
    }

    public void Dispose()
    {
        _socket.Dispose();
        _receive.Dispose();
    }
}
