// Owns: a persistent connection that sends the 13-byte GET and waits for each response.

using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace TinyHost.Bench.Measuring;

internal sealed class ValidRequests : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _request;
    private readonly byte[] _response = new byte[1_024];

    private ValidRequests(Socket socket, int port)
    {
        _socket = socket;
        _request = Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"));
    }

    public static async Task<ValidRequests> ConnectAsync(int port, CancellationToken cancellationToken) =>
        new(await Noise.ConnectAsync(port, cancellationToken), port);

    /// <summary>Sends a request and reads its response. Throws <see cref="BenchException"/> if the connection ends.</summary>
    public async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await _socket.SendAsync(_request, cancellationToken);
        for (var received = 0; !_response.AsSpan(0, received).EndsWith("Hello, World!"u8);)
        {
            var read = await _socket.ReceiveAsync(_response.AsMemory(received), cancellationToken);
            received += read > 0 ? read : throw new BenchException("the server has closed a persistent connection.");
        }
    }

    public void Dispose() => _socket.Dispose();
}
