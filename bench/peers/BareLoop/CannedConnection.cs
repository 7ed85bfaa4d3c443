// Owns: sending the same bytes for every empty line received, without parsing, measuring or limiting anything.

using System.Net.Sockets;
using System.Text;
using TinyHost.Bench.Shared;

namespace TinyHost.Bench.Peers.BareLoop;

internal sealed class CannedConnection : SocketAsyncEventArgs
{
    private const int MaxBatch = 16;

    // The date never changes: only the bytes matter, not their meaning.
    private static readonly byte[] s_response =
    [
        .. Encoding.ASCII.GetBytes(
            $"HTTP/1.1 200 OK\r\nDate: {DateTime.UtcNow:R}\r\n"
            + $"Content-Type: {Content.TextType}\r\nContent-Length: {Content.Text.Length}\r\n\r\n"),
        .. Content.Text,
    ];

    // One send answers pipelined requests.
    private static readonly byte[] s_responses = [.. Enumerable.Repeat(s_response, MaxBatch).SelectMany(response => response)];

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[4_096];
    // Bytes kept at the start of the buffer, because they may be the start of an empty line.
    private int _kept;

    public CannedConnection(Socket socket)
        : base(true)
    {
        _socket = socket;
        socket.NoDelay = true;
        SetBuffer(_buffer, 0, _buffer.Length);
    }

    public void Serve()
    {
        while (!_socket.ReceiveAsync(this))
        {
            if (!TryRespond())
            {
                return;
            }
        }
    }

    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        if (TryRespond())
        {
            Serve();
        }
    }

    private bool TryRespond()
    {
        if (SocketError == SocketError.Success && BytesTransferred > 0 && TrySend(CountRequests()))
        {
            return true;
        }

        _socket.Dispose();
        Dispose();
        return false;
    }

    // Never blocks: the client reads all responses before it sends again, and these few fit any socket buffer.
    private bool TrySend(int responses)
    {
        var error = SocketError.Success;
        for (; responses > 0 && error == SocketError.Success; responses -= MaxBatch)
        {
            _socket.Send(s_responses.AsSpan(0, Math.Min(responses, MaxBatch) * s_response.Length), SocketFlags.None, out error);
        }

        return error == SocketError.Success;
    }

    private int CountRequests()
    {
        var end = "\r\n\r\n"u8;
        var received = _buffer.AsSpan(0, _kept + BytesTransferred);
        var requests = 0;
        while (received.IndexOf(end) is var at and >= 0)
        {
            received = received[(at + end.Length)..];
            requests++;
        }

        var kept = Math.Min(received.Length, end.Length - 1);
        received[^kept..].CopyTo(_buffer);
        if (kept != _kept)
        {
            _kept = kept;
            SetBuffer(kept, _buffer.Length - kept);
        }

        return requests;
    }
}
