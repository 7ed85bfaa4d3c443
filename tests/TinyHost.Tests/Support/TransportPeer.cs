// Owns: the other end of a transport under test.

using System.Net.Sockets;

namespace TinyHost.Tests.Support;

/// <param name="socket">Its socket.</param>
/// <param name="stream">What sends and receives: the socket's stream, or TLS over it.</param>
/// <param name="endStream">Sends what precedes the end of the socket's stream.</param>
internal sealed class TransportPeer(Socket socket, Stream stream, Func<Task>? endStream = null) : IDisposable
{
    internal Socket Socket => socket;

    internal Stream Stream => stream;

    /// <summary>Whether the other end's system has everything that was sent. True at once where the system does not tell.</summary>
    internal bool IsDelivered => !SocketState.IsDelivering(socket, out _);

    internal Task SendAsync(byte[] octets) => stream.WriteAsync(octets).AsTask();

    /// <summary>Throws <see cref="SocketException"/> after a reset.</summary>
    internal async Task<int> ReceiveAsync(byte[] buffer)
    {
        try
        {
            return await stream.ReadAsync(buffer).AsTask().WaitAsync(TestTimeout.Long);
        }
        catch (IOException e) when (e.InnerException is SocketException cause)
        {
            throw cause;
        }
    }

    internal async Task FinishSendingAsync()
    {
        await (endStream?.Invoke() ?? Task.CompletedTask);
        socket.Shutdown(SocketShutdown.Send);
    }

    internal void Reset() => socket.Close(timeout: 0);

    public void Dispose() => socket.Dispose();
}
