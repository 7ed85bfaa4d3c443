// Owns: proving that an idle accept loop would accept: the server connects to each of its listeners, and the loop takes the connection for
// what it is.

using System.Net;
using System.Net.Sockets;

namespace TinyHost;

/// <summary>One at a time.</summary>
internal sealed class AcceptProbe(IReadOnlyList<Listener> listeners, AcceptLoop loop, TimeProvider time)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>Null if the loop accepts, or if that cannot be found out, for example because no descriptor is left.</summary>
    internal async Task<string?> FindFaultAsync(CancellationToken cancellationToken)
    {
        foreach (var listener in listeners)
        {
            // A connection to a Unix socket has no address to know it by, and an inherited or shared socket may have its connections
            // accepted by another process.
            var isOwn = listener.EndPoint is not UnixEndPoint
                && listener is { IsInMemory: false, Inherited: null, IsShared: false };
            if (isOwn && await FindFaultAsync(listener, cancellationToken).ConfigureAwait(false) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private async Task<string?> FindFaultAsync(Listener listener, CancellationToken cancellationToken)
    {
        var address = ReachableAddress(listener.EndPoint.Address);
        var passes = loop.Passes;
        var isConnected = false;
        using var patience = new CancellationTokenSource(s_patience, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { LingerState = new(true, 0) };
            // From the same address: if another machine has it now, no connection comes about, and nothing is proved.
            socket.Bind(new IPEndPoint(address, 0));
            using var expected = loop.Expect(socket.LocalEndPoint!);
            await socket.ConnectAsync(new IPEndPoint(address, listener.EndPoint.Port), limit.Token).ConfigureAwait(false);
            isConnected = true;
            await expected.Accepted.WaitAsync(limit.Token).ConfigureAwait(false);
            return null;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return $"{listener.EndPoint} refuses connections";
        }
        catch (SocketException)
        {
            return null;
        }
        catch (OperationCanceledException)
        {
            // A connection to a loopback address comes about at once, unless the queue of the listener is full.
            return loop.Passes == passes && (isConnected || IPAddress.IsLoopback(address))
                ? $"a connection to {listener.EndPoint} was not accepted within {s_patience.TotalSeconds:0} s"
                : null;
        }
    }

    private static IPAddress ReachableAddress(IPAddress address) =>
        address.Equals(IPAddress.Any) ? IPAddress.Loopback
        : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
        : address;
}

/// <summary>A connection of the server's own, which the accept loop closes instead of serving it.</summary>
internal sealed class ExpectedConnection(AcceptLoop loop, EndPoint peer) : IDisposable
{
    private readonly TaskCompletionSource _accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task Accepted => _accepted.Task;

    /// <summary>For the loop: true if this is the connection.</summary>
    internal bool TryTake(Socket socket)
    {
        try
        {
            if (!peer.Equals(socket.RemoteEndPoint))
            {
                return false;
            }
        }
        catch (SocketException)
        {
            // Another peer, which has left already.
            return false;
        }

        socket.Dispose();
        _accepted.TrySetResult();
        return true;
    }

    public void Dispose() => loop.Expected = null;
}
