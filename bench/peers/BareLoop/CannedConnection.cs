// Owns: answering whatever ends in an empty line with the same octets: no request is read, none measured, nothing is limited.
// Does not own: accepting (Program).

using System.Net.Sockets;
using System.Text;
using TinyHost.Bench.Shared;

namespace TinyHost.Bench.Peers.BareLoop;

internal sealed class CannedConnection : SocketAsyncEventArgs
{
    private const int MostAtOnce = 16;

    // The date stays that of the start: what is measured is not what a response says.
    private static readonly byte[] s_response =
    [
        .. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nDate: {DateTime.UtcNow:R}\r\nContent-Type: {Content.TextType}\r\nContent-Length: {Content.Text.Length}\r\n\r\n"),
        .. Content.Text,
    ];

    // So that one send answers what was pipelined.
    private static readonly byte[] s_responses = [.. Enumerable.Repeat(s_response, MostAtOnce).SelectMany(response => response)];

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[4_096];
    // How much of what may be the beginning of an empty line is kept from the last receive, at the buffer's start.
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
        if (SocketError == SocketError.Success && BytesTransferred > 0 && TrySend(CountEnds()))
        {
            return true;
        }

        _socket.Dispose();
        Dispose();
        return false;
    }

    // Never has to wait: the client takes every response before it asks again, and so few fit the buffer of any socket.
    private bool TrySend(int responses)
    {
        var error = SocketError.Success;
        for (; responses > 0 && error == SocketError.Success; responses -= MostAtOnce)
        {
            _socket.Send(s_responses.AsSpan(0, Math.Min(responses, MostAtOnce) * s_response.Length), SocketFlags.None, out error);
        }

        return error == SocketError.Success;
    }

    private int CountEnds()
    {
        var end = "\r\n\r\n"u8;
        var octets = _buffer.AsSpan(0, _kept + BytesTransferred);
        var requests = 0;
        while (octets.IndexOf(end) is var at and >= 0)
        {
            octets = octets[(at + end.Length)..];
            requests++;
        }

        var kept = Math.Min(octets.Length, end.Length - 1);
        octets[^kept..].CopyTo(_buffer);
        if (kept != _kept)
        {
            _kept = kept;
            SetBuffer(kept, _buffer.Length - kept);
        }

        return requests;
    }
}
