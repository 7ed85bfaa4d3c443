// Owns: one peer that reads slowly, over a real socket with a small receive buffer.

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TinyHost.Tests.SlowReaders;

internal static class SlowReader
{
    private const int ReceiveBufferSize = 16_384;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_betweenReads = TimeSpan.FromMilliseconds(20);

    /// <summary>Sends bytes, reads at the given pace to the end of the connection, and returns what arrived. Throws on a reset.</summary>
    internal static async Task<string> ReadToEndAsync(IPEndPoint server, string bytes, SlowReaderPace pace, Func<Task>? onFirstByte = null)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.ReceiveBufferSize = ReceiveBufferSize;
        await socket.ConnectAsync(server);
        var sending = SendAsync(socket, bytes);
        if (onFirstByte is not null)
        {
            await socket.ReceiveAsync(new byte[1], SocketFlags.Peek);
            await onFirstByte();
        }

        if (pace == SlowReaderPace.Pause)
        {
            await Task.Delay(s_pause);
        }

        var received = new StringBuilder();
        var piece = new byte[pace == SlowReaderPace.Slower ? 3_072 : 8_192];
        for (int count; (count = await socket.ReceiveAsync(piece)) > 0;)
        {
            received.Append(Encoding.Latin1.GetString(piece.AsSpan(0, count)));
            if (pace != SlowReaderPace.Pause)
            {
                await Task.Delay(s_betweenReads);
            }
        }

        socket.Dispose();
        await sending;
        return received.ToString();
    }

    private static async Task SendAsync(Socket socket, string bytes)
    {
        try
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(bytes));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The server may leave bytes unread, so that they are still being sent when the socket is closed. Only what arrives matters.
        }
    }
}
