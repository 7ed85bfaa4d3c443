// Owns: tests of admitting sockets whose peer has left.

using System.Buffers;
using System.Net;
using System.Net.Sockets;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class AdmissionTests
{
    [Fact]
    public void A_socket_without_a_peer_is_closed_and_counts_as_no_connection()
    {
        using var log = new RecordingLogger();
        var guard = new ObserverGuard(log);
        var limits = new ServerLimits { MaxConnectionsPerListener = 1 };
        var connections = new ConnectionTable();
        var stages = new StageRun(guard);
        using var metrics = new ServerMetrics(null, guard);
        using var heartbeat = new Heartbeat(new ManualTime(), _ => { }, guard);
        var services = new ServerServices(
            _ => Task.CompletedTask, stages, limits, new OneService(this), heartbeat, metrics, connections, new BlockedThreads(log),
            new StringCache([]), ArrayPool<byte>.Shared, log, new HandlerExecutionContext(), CancellationToken.None);
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var listener = new Listener(bound);
        var quota = new ConnectionQuotas(limits, int.MaxValue, log).Add(listener.EndPoint.Port);
        // A connection beyond the quota would be logged with its peer.
        Assert.Null(quota.TryEnter(int.MaxValue));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        new Admission(services, new() { [listener] = quota }, null, null, CancellationToken.None).Admit(socket, listener);

        Assert.True(socket.SafeHandle.IsClosed);
        Assert.Empty(log.Entries);
        Assert.Equal(1, quota.Open);
    }
}
