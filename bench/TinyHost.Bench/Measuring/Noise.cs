// Owns: requests that no server can answer: malformed ones, and those whose client leaves.

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TinyHost.Bench.Measuring;

internal static class Noise
{
    /// <summary>Requests to be answered with 400 and the end of the connection.</summary>
    public static readonly IReadOnlyList<byte[]> Malformed =
    [
        // A space before the colon: RFC 9112 §5.1.
        "GET / HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n"u8.ToArray(),
        // The beginning of a TLS handshake.
        [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, .. "\r\n\r\n"u8],
    ];

    // Half a head, and a whole request: in both cases the client resets the connection.
    private static readonly byte[][] s_aborted =
    [
        "GET / HTTP/1.1\r\nHost: 127"u8.ToArray(),
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"u8.ToArray(),
    ];

    /// <summary>Makes noise of one of the kinds, which come in turns.</summary>
    public static async Task MakeAsync(int port, int kind, CancellationToken cancellationToken)
    {
        if (kind % 2 == 0)
        {
            await ProvokeAsync(port, Malformed[kind / 2 % Malformed.Count], cancellationToken);
        }
        else
        {
            await AbortAsync(port, s_aborted[kind / 2 % s_aborted.Length], cancellationToken);
        }
    }

    /// <summary>Sends a request on a new connection and reads until its end. Returns the beginning of the answer.</summary>
    public static async Task<string> ProvokeAsync(int port, byte[] request, CancellationToken cancellationToken)
    {
        using var socket = await ConnectAsync(port, cancellationToken);
        var buffer = new byte[1_024];
        var answer = "";
        try
        {
            await socket.SendAsync(request, cancellationToken);
            int read;
            while ((read = await socket.ReceiveAsync(buffer, cancellationToken)) > 0)
            {
                answer = answer.Length == 0 ? Encoding.ASCII.GetString(buffer, 0, read) : answer;
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // A server may close with bytes unread, which resets the connection.
        }

        return answer;
    }

    /// <summary>Opens a connection.</summary>
    public static async Task<Socket> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task AbortAsync(int port, byte[] request, CancellationToken cancellationToken)
    {
        using var socket = await ConnectAsync(port, cancellationToken);
        // Without lingering, the end of the socket resets the connection.
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        await socket.SendAsync(request, cancellationToken);
    }
}
