// Owns: one peer that reads slowly, over a real socket with a small receive buffer.
// Does not own: what it must receive (ClosingWay).

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TinyHost.Tests.SlowReaders;

internal static class SlowReader
{
    private const int ReceiveBufferSize = 16_384;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_betweenReads = TimeSpan.FromMilliseconds(20);

    /// <summary>Sends the bytes, reads at its pace to the end of the connection, and returns what arrived. Throws when the end is a reset.</summary>
    internal static async Task<string> ReadToEndAsync(IPEndPoint server, string octets, SlowReaderPace pace, Func<Task>? onFirstOctets = null)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = ReceiveBufferSize };
        await socket.ConnectAsync(server);
        var sending = SendAsync(socket, octets);
        if (onFirstOctets is not null)
        {
            await socket.ReceiveAsync(new byte[1], SocketFlags.Peek);
            await onFirstOctets();
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

    /// <summary>The server may leave the end of it unread: then it is still being sent when the socket is closed.</summary>
    private static async Task SendAsync(Socket socket, string octets)
    {
        try
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(octets));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // What arrives is judged, and how it ends.
        }
    }
}
