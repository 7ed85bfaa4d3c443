// Owns: accepting, for a mark of what .NET's sockets cost by themselves, with no server on them.
// Does not own: a connection (CannedConnection).

using System.Net;
using System.Net.Sockets;
using TinyHost.Bench.Peers.BareLoop;
using TinyHost.Bench.Shared;

const int Backlog = 4_096;

var arguments = new ServerArguments(args);
using var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
listening.Bind(new IPEndPoint(IPAddress.Loopback, arguments.Port));
listening.Listen(Backlog);
while (true)
{
    new CannedConnection(await listening.AcceptAsync()).Serve();
}
