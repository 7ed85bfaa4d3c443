// Owns: answering whatever ends in an empty line with the same octets: no request is read, none measured, nothing is limited.
// Does not own: accepting (Program).

using System.Net.Sockets;
using System.Text;
using TinyHost.Bench.Shared;

namespace TinyHost.Bench.Peers.BareLoop;

internal sealed class CannedConnection : SocketAsyncEventArgs
{
    private const int MostPipelined = 64;

    private static readonly byte[] s_response =
    [
        .. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nDate: {DateTime.UtcNow:R}\r\nContent-Type: {Content.TextType}\r\nContent-Length: {Content.Text.Length}\r\n\r\n"),
        .. Content.Text,
    ];

    private static readonly byte[] s_responses = [.. Enumerable.Repeat(s_response, MostPipelined).SelectMany(response => response)];

    private readonly Socket _socket;
    // How much of the empty line that ends a request has come.
    private int _matched;

    public CannedConnection(Socket socket)
        : base(true)
    {
        _socket = socket;
        socket.NoDelay = true;
        SetBuffer(new byte[4_096]);
    }

    public void Serve()
    {
        while (!_socket.ReceiveAsync(this))
        {
            if (!TryAnswer())
            {
                return;
            }
        }
    }

    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        if (TryAnswer())
        {
            Serve();
        }
    }

    private bool TryAnswer()
    {
        if (SocketError == SocketError.Success && BytesTransferred > 0)
        {
            var requests = CountEnds(MemoryBuffer.Span[..BytesTransferred]);
            _socket.Send(s_responses.AsSpan(0, requests * s_response.Length), SocketFlags.None, out var error);
            if (error == SocketError.Success)
            {
                return true;
            }
        }

        _socket.Dispose();
        Dispose();
        return false;
    }

    private int CountEnds(ReadOnlySpan<byte> octets)
    {
        var end = "\r\n\r\n"u8;
        var requests = 0;
        foreach (var octet in octets)
        {
            _matched = octet == end[_matched] ? _matched + 1 : octet == end[0] ? 1 : 0;
            if (_matched == end.Length)
            {
                _matched = 0;
                requests++;
            }
        }

        return requests;
    }
}
