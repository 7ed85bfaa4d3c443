// Owns: sending one WebSocket message many times over one connection, and reading the replies, with plain calls of a socket.

using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Measuring;

/// <summary>All replies must be as long as the first.</summary>
internal sealed class RepeatedMessage : IDisposable
{
    private const int LongestHead = 1_024;
    private const int Last = 0x80;
    private const int Text = 1;
    private const int Masked = 0x80;

    private readonly byte[] _frame;
    private readonly byte[] _buffer;
    private readonly string _server;
    private readonly int _length;
    private int _received;

    /// <summary>Opens a WebSocket, and sends the message once, to learn the length of the reply.</summary>
    public RepeatedMessage(RunningServer server, string path, byte[] message)
    {
        _server = server.Title;
        _frame = Frame(message);
        _buffer = new byte[_frame.Length + LongestHead];
        Socket.Connect(new IPEndPoint(IPAddress.Loopback, server.Port));
        Open(string.Create(CultureInfo.InvariantCulture, $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\n"));
        Send(TimeSpan.Zero);
        _length = ReceiveFirst();
    }

    public Socket Socket { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
        ReceiveTimeout = 30_000,
    };

    /// <summary>When the message was last sent.</summary>
    public TimeSpan SentAt { get; private set; }

    /// <summary>A text message in one frame, RFC 6455 §5.2, with a mask of zeros: the server unmasks it like any other.</summary>
    public static byte[] Frame(byte[] message)
    {
        byte[] length = message.Length switch
        {
            < 126 => [(byte)(Masked | message.Length)],
            <= ushort.MaxValue => [Masked | 126, (byte)(message.Length >> 8), (byte)message.Length],
            _ => [Masked | 127, 0, 0, 0, 0, .. BigEndian(message.Length)],
        };
        return [Last | Text, .. length, 0, 0, 0, 0, .. message];
    }

    /// <summary>
    /// The length of the message at the beginning of these bytes: its frames up to the last. Null if some of it is missing.
    /// </summary>
    public static int? Measure(ReadOnlySpan<byte> bytes)
    {
        for (var offset = 0; bytes.Length >= offset + 2;)
        {
            var isLast = (bytes[offset] & Last) != 0;
            var (head, length) = (2, (long)bytes[offset + 1]);
            if (length > 125)
            {
                head = length == 126 ? 4 : 10;
                if (bytes.Length < offset + head)
                {
                    return null;
                }

                length = head == 4
                    ? BinaryPrimitives.ReadUInt16BigEndian(bytes[(offset + 2)..])
                    : BinaryPrimitives.ReadInt64BigEndian(bytes[(offset + 2)..]);
            }

            offset += head + (int)length;
            if (isLast)
            {
                return offset <= bytes.Length ? offset : null;
            }
        }

        return null;
    }

    public void Send(TimeSpan now)
    {
        SentAt = now;
        Socket.Send(_frame);
    }

    /// <summary>Receives what has arrived. True once it is the whole reply.</summary>
    public bool Receive()
    {
        _received += Read(0);
        if (_received > _length)
        {
            throw new BenchException($"{_server} replies to the same message with different lengths.");
        }

        if (_received < _length)
        {
            return false;
        }

        _received = 0;
        return true;
    }

    public void Dispose() => Socket.Dispose();

    private static byte[] BigEndian(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    private void Open(string start)
    {
        Socket.Send(Encoding.ASCII.GetBytes(start
            + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
        var received = 0;
        while (!_buffer.AsSpan(0, received).EndsWith("\r\n\r\n"u8))
        {
            received += Read(received);
        }

        if (!_buffer.AsSpan().StartsWith("HTTP/1.1 101 "u8))
        {
            var answer = Encoding.ASCII.GetString(_buffer, 0, received).ReplaceLineEndings(" ");
            throw new BenchException($"{_server} opens no WebSocket: {answer}");
        }
    }

    private int ReceiveFirst()
    {
        for (var received = 0; ;)
        {
            received += Read(received);
            if (Measure(_buffer.AsSpan(0, received)) is { } length)
            {
                return length == received ? length : throw new BenchException($"{_server} replies more than once to one message.");
            }
        }
    }

    private int Read(int offset)
    {
        var read = Socket.Receive(_buffer.AsSpan(offset));
        return read > 0 ? read : throw new BenchException($"{_server} closed a WebSocket.");
    }
}
