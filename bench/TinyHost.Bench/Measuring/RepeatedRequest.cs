// Owns: sending the same request many times over one connection, some at a time, and taking the responses.
// Does not own: what is measured meanwhile.

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Measuring;

/// <summary>A connection whose responses are all of one length: that of the first.</summary>
internal sealed class RepeatedRequest : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 30_000 };
    private readonly byte[] _received = new byte[65_536];
    private readonly byte[] _batch;
    private readonly int _depth;
    private readonly int _length;
    private readonly string _server;

    /// <summary>Connects, and sends the request once to learn the length of its response.</summary>
    public RepeatedRequest(RunningServer server, byte[] request, int depth)
    {
        _server = server.Server.Title;
        _depth = depth;
        _batch = Enumerable.Repeat(request, depth).SelectMany(octets => octets).ToArray();
        _socket.Connect(new IPEndPoint(IPAddress.Loopback, server.Port));
        _socket.Send(request);
        _length = ReceiveFirst();
    }

    /// <summary>Sends the request so many times. Throws <see cref="BenchException"/> when a response is not like the first.</summary>
    public void Send(int count, CancellationToken cancellationToken)
    {
        for (var sent = 0; sent < count; sent += _depth)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _socket.Send(_batch);
            for (var received = 0; received < _depth * _length;)
            {
                received += Receive(0);
                if (received > _depth * _length)
                {
                    throw new BenchException($"{_server} sends responses of different lengths to the same request.");
                }
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private int ReceiveFirst()
    {
        var received = 0;
        while (true)
        {
            received += Receive(received);
            var text = Encoding.ASCII.GetString(_received, 0, received);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0)
            {
                continue;
            }

            var length = end + 4 + ContentLength(text[..end]);
            if (received >= length)
            {
                return length;
            }
        }
    }

    private int ContentLength(string head)
    {
        const string Name = "Content-Length:";
        var line = head.Split("\r\n").FirstOrDefault(line => line.StartsWith(Name, StringComparison.OrdinalIgnoreCase))
            ?? throw new BenchException($"{_server} does not say how long its response is: {head.ReplaceLineEndings(" ")}");
        return int.Parse(line.AsSpan(Name.Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
    }

    private int Receive(int offset)
    {
        var read = _socket.Receive(_received.AsSpan(offset));
        return read > 0 ? read : throw new BenchException($"{_server} closed the connection.");
    }
}
