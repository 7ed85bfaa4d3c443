// Owns: sending one request many times over one connection, optionally pipelined, and reading the responses.

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TinyHost.Bench.Measuring;

/// <summary>All responses must be as long as the first.</summary>
internal sealed class RepeatedRequest : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
        ReceiveTimeout = 30_000,
    };

    private readonly byte[] _buffer = new byte[65_536];
    private readonly byte[] _batch;
    private readonly int _depth;
    private readonly int _length;
    private readonly string _server;

    /// <summary>Connects to a server and sends the request once, to learn the length of its response.</summary>
    public RepeatedRequest(string server, int port, byte[] request, int depth)
    {
        _server = server;
        _depth = depth;
        _batch = Enumerable.Repeat(request, depth).SelectMany(bytes => bytes).ToArray();
        _socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        _socket.Send(request);
        _length = ReceiveFirst();
    }

    /// <summary>Sends the request repeatedly. Throws <see cref="BenchException"/> if the length of a response differs.</summary>
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
                    throw new BenchException($"{_server} responds to the same request with different lengths.");
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
            var text = Encoding.ASCII.GetString(_buffer, 0, received);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0)
            {
                continue;
            }

            if (text.Contains("\r\nTransfer-Encoding: chunked\r\n", StringComparison.OrdinalIgnoreCase))
            {
                if (text.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal))
                {
                    return received;
                }
            }
            else if (end + 4 + ContentLength(text[..end]) is var length && received >= length)
            {
                return length;
            }
        }
    }

    private int ContentLength(string head)
    {
        const string Name = "Content-Length:";
        var line = head.Split("\r\n").FirstOrDefault(line => line.StartsWith(Name, StringComparison.OrdinalIgnoreCase))
            ?? throw new BenchException($"{_server} sends neither Content-Length nor chunks: {head.ReplaceLineEndings(" ")}");
        return int.Parse(line.AsSpan(Name.Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
    }

    private int Receive(int offset)
    {
        var read = _socket.Receive(_buffer.AsSpan(offset));
        return read > 0 ? read : throw new BenchException($"{_server} closed the connection.");
    }
}
