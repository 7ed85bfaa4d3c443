// Owns: a WebSocket peer that sends frames of any kind, for what no client library would send.

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.JsonRpc.Tests.Support;

internal sealed class RawSocketPeer : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private NetworkStream? _stream;

    private RawSocketPeer()
    {
    }

    /// <summary>Opens a WebSocket. A small window shows a slow reader early.</summary>
    public static async Task<RawSocketPeer> ConnectAsync(int port)
    {
        var peer = new RawSocketPeer();
        peer._socket.ReceiveBufferSize = 4_096;
        await peer._socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), TestContext.Current.CancellationToken);
        peer._stream = new NetworkStream(peer._socket);
        await peer.WriteAsync(Encoding.ASCII.GetBytes(
            "GET /rpc HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
        var head = new List<byte>();
        while (!head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            head.AddRange(await peer.ReadAsync(1));
        }

        Assert.StartsWith("HTTP/1.1 101 ", Encoding.ASCII.GetString([.. head]), StringComparison.Ordinal);
        return peer;
    }

    /// <summary>A frame with a mask of zeros.</summary>
    public static byte[] Frame(int opcode, ReadOnlySpan<byte> payload, bool isLast = true, bool isMasked = true)
    {
        var mask = isMasked ? 0x80 : 0;
        byte[] length = payload.Length < 126
            ? [(byte)(mask | payload.Length)]
            : [(byte)(mask | 126), (byte)(payload.Length >> 8), (byte)payload.Length];
        return [(byte)((isLast ? 0x80 : 0) | opcode), .. length, .. isMasked ? new byte[4] : [], .. payload];
    }

    public Task SendAsync(int opcode, string payload, bool isLast = true) =>
        WriteAsync(Frame(opcode, Encoding.UTF8.GetBytes(payload), isLast));

    public async Task WriteAsync(byte[] bytes) => await _stream!.WriteAsync(bytes, TestContext.Current.CancellationToken);

    /// <summary>The next frame of the server, which is not masked.</summary>
    public async Task<(int Opcode, byte[] Payload)> ReceiveAsync()
    {
        var head = await ReadAsync(2);
        long length = head[1];
        length = length switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(2)),
            127 => BinaryPrimitives.ReadInt64BigEndian(await ReadAsync(8)),
            _ => length,
        };
        return (head[0] & 0xF, await ReadAsync((int)length));
    }

    /// <summary>The text of the next data message in one frame; control frames before it are skipped.</summary>
    public async Task<string> ReceiveTextAsync()
    {
        for (; ; )
        {
            var (opcode, payload) = await ReceiveAsync();
            if (opcode == 1)
            {
                return Encoding.UTF8.GetString(payload);
            }

            Assert.True(opcode > 8, $"The server has sent a frame with the opcode {opcode}.");
        }
    }

    /// <summary>The code of the close frame, which must come next.</summary>
    public async Task<int> ClosedAsync()
    {
        var (opcode, payload) = await ReceiveAsync();
        Assert.Equal(8, opcode);
        return payload.Length == 0 ? 1005 : BinaryPrimitives.ReadUInt16BigEndian(payload);
    }

    /// <summary>Reads to the end of the connection, whether closed or reset.</summary>
    public async Task EndAsync()
    {
        try
        {
            var buffer = new byte[65_536];
            while (await _stream!.ReadAsync(buffer, TestContext.Current.CancellationToken) > 0)
            {
                // What comes before the end.
            }
        }
        catch (IOException)
        {
            // Reset.
        }
    }

    public void FinishSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();

    private async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        await _stream!.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken).AsTask()
            .WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        return bytes;
    }
}
