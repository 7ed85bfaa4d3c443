// Owns: turning a transport in memory into a connection that is served, or closing it.

using System.Net;

namespace TinyHost;

internal sealed class MemoryAdmission(ServerServices services, Admission admission)
{
    // No address of a peer: connections in memory have no port.
    private static readonly IPEndPoint s_peer = new(IPAddress.Loopback, 0);

    /// <summary>Serves the connection, beginning on the caller's thread and in its execution context, or closes it.</summary>
    internal void Admit(Transport transport, Listener listener)
    {
        var peer = listener.EndPoint is UnixEndPoint ? new UnixEndPoint("") : s_peer;
        var info = new ConnectionInfo(Admission.NextId(), listener.EndPoint, peer, listener.Names);
        if (admission.TryEnter(info, listener, int.MaxValue) is not { } quota)
        {
            transport.Dispose();
            return;
        }

        var connection = Admission.Connect(services, transport, info, listener, quota, services.Metrics.ConnectionOpened());
        _ = services.Connections.Add(connection).ServeAsync();
    }
}
