// Owns: asking a .NET server of the benchmarks what its process has allocated so far.
// Does not own: what the answers come to (AllocationWorkload).

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Measuring;

internal sealed class AllocatedBytes : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 30_000 };
    private readonly byte[] _request;

    public AllocatedBytes(RunningServer server)
    {
        _request = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"GET /allocated HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\n\r\n"));
        _socket.Connect(new IPEndPoint(IPAddress.Loopback, server.Port));
    }

    /// <summary>The bytes allocated since the process began. The answer is short and comes in one piece.</summary>
    public long Read()
    {
        _socket.Send(_request);
        var response = new byte[1_024];
        var text = Encoding.ASCII.GetString(response, 0, _socket.Receive(response));
        return long.Parse(text.AsSpan(text.LastIndexOf('\n') + 1), CultureInfo.InvariantCulture);
    }

    public void Dispose() => _socket.Dispose();
}
