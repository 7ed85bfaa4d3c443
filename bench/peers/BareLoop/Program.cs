// Owns: the accept loop of a reference point: .NET sockets without a server.

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
