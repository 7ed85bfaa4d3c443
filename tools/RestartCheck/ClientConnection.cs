// Owns: one connection of the load: connecting, sending, reading responses, and deciding whether its end is a loss.

using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace TinyHost.RestartCheck;

internal sealed class ClientConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly Tally _tally;
    private readonly string _kind;
    private readonly int _generation;
    private readonly byte[] _buffer = new byte[65_536];
    private int _start;
    private int _end;
    private string _lastHead = "";

    private ClientConnection(Socket socket, Tally tally, string kind, int generation) =>
        (_socket, _tally, _kind, _generation) = (socket, tally, kind, generation);

    /// <summary>Null if the connection was refused, which is a loss.</summary>
    internal static async Task<ClientConnection?> OpenAsync(Uri url, Tally tally, string kind, CancellationToken over)
    {
        var generation = tally.Opened();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(url.Host, url.Port, over);
            return new ClientConnection(socket, tally, kind, generation);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            if (e is SocketException failure)
            {
                tally.Lose(kind, $"a connection was not accepted ({failure.SocketErrorCode})");
            }

            socket.Dispose();
            tally.Closed(generation);
            return null;
        }
    }

    /// <summary>
    /// Sends the last part of a request, and reads the response. True if the connection may be used again.
    /// </summary>
    internal async Task<bool> RequestAsync(string text, CancellationToken over)
    {
        if (HasEnded())
        {
            return false;
        }

        try
        {
            await _socket.SendAsync(Encoding.Latin1.GetBytes(text), over);
            // The server's end was on its way before the request was: HTTP allows that.
            return HasFinished() ? Cross() : await ReadResponseAsync(over);
        }
        catch (SocketException e)
        {
            return Lose($"a request was not answered ({e.SocketErrorCode})");
        }
    }

    /// <summary>Sends a part of a request. False if the server has ended the connection.</summary>
    internal async Task<bool> SendPartAsync(string text, CancellationToken over)
    {
        if (HasEnded())
        {
            return false;
        }

        try
        {
            await _socket.SendAsync(Encoding.Latin1.GetBytes(text), over);
            return true;
        }
        catch (SocketException e)
        {
            return Lose($"a connection failed inside a request ({e.SocketErrorCode})");
        }
    }

    /// <summary>Whether the server has begun to answer, or ended the connection.</summary>
    internal bool HasNews() => _socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Reads a response that has begun or will. True if the connection may be used again.</summary>
    internal async Task<bool> ReadResponseAsync(CancellationToken over)
    {
        var isBegun = false;
        try
        {
            string head;
            do
            {
                head = await ReadThroughAsync("\r\n\r\n", over);
                isBegun = true;
            }
            while (head.StartsWith("HTTP/1.1 1", StringComparison.Ordinal));
            await ReadContentAsync(head, over);
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException)
        {
            var how = e is SocketException failure ? $"{failure.SocketErrorCode}" : "the connection ended";
            return Lose(isBegun ? $"a response was cut off ({how})" : $"a request was not answered ({how})");
        }

        _tally.Answer(_kind);
        return !HasField(_lastHead, "Connection", "close");
    }

    /// <summary>Waits until the server ends the connection.</summary>
    internal async Task WaitForEndAsync(CancellationToken over)
    {
        try
        {
            if (await _socket.ReceiveAsync(_buffer, over) > 0)
            {
                Lose("an idle connection got a response without a request");
            }
        }
        catch (SocketException e)
        {
            Lose($"an idle connection was not closed but failed ({e.SocketErrorCode})");
        }
    }

    /// <summary>Closes at once, so that no port stays in use.</summary>
    internal void Abandon() => _socket.LingerState = new LingerOption(true, 0);

    public void Dispose()
    {
        _socket.Dispose();
        _tally.Closed(_generation);
    }

    private bool HasEnded()
    {
        try
        {
            return HasFinished();
        }
        catch (SocketException e)
        {
            Lose($"an idle connection was not closed but failed ({e.SocketErrorCode})");
            return true;
        }
    }

    private bool HasFinished() =>
        _socket.Poll(0, SelectMode.SelectRead) && _socket.Available == 0 && _socket.Receive(_buffer, 0, 1, SocketFlags.Peek) == 0;

    private bool Cross()
    {
        _tally.Cross();
        return false;
    }

    private bool Lose(string how)
    {
        _tally.Lose(_kind, how);
        return false;
    }

    private async Task ReadContentAsync(string head, CancellationToken over)
    {
        _lastHead = head;
        var status = head.Split(' ')[1];
        if (status is "204" or "304")
        {
            return;
        }

        if (HasField(head, "Transfer-Encoding", "chunked"))
        {
            await ReadChunksAsync(over);
        }
        else if (FieldOf(head, "Content-Length") is { } length)
        {
            await SkipAsync(long.Parse(length, CultureInfo.InvariantCulture), over);
        }
        else
        {
            while (await FillAsync(over))
            {
                _start = _end;
            }
        }
    }

    private async Task ReadChunksAsync(CancellationToken over)
    {
        long size;
        do
        {
            var line = (await ReadThroughAsync("\r\n", over)).Split(';')[0].Trim();
            size = long.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            await SkipAsync(size == 0 ? 0 : size + 2, over);
        }
        while (size > 0);
        while (await ReadThroughAsync("\r\n", over) != "\r\n")
        {
        }
    }

    private async Task SkipAsync(long count, CancellationToken over)
    {
        while (count > 0)
        {
            var step = (int)Math.Min(count, _end - _start);
            _start += step;
            count -= step;
            if (count > 0 && !await FillAsync(over))
            {
                throw new EndOfStreamException();
            }
        }
    }

    private async Task<string> ReadThroughAsync(string end, CancellationToken over)
    {
        while (true)
        {
            var text = Encoding.Latin1.GetString(_buffer, _start, _end - _start);
            var index = text.IndexOf(end, StringComparison.Ordinal);
            if (index >= 0)
            {
                _start += index + end.Length;
                return text[..(index + end.Length)];
            }

            if (!await FillAsync(over))
            {
                throw new EndOfStreamException();
            }
        }
    }

    private async Task<bool> FillAsync(CancellationToken over)
    {
        Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
        (_start, _end) = (0, _end - _start);
        var count = await _socket.ReceiveAsync(_buffer.AsMemory(_end), over);
        _end += count;
        return count > 0;
    }

    private static bool HasField(string head, string name, string value) =>
        FieldOf(head, name)?.Contains(value, StringComparison.OrdinalIgnoreCase) == true;

    private static string? FieldOf(string head, string name)
    {
        foreach (var line in head.Split("\r\n"))
        {
            if (line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            {
                return line[(name.Length + 1)..].Trim();
            }
        }

        return null;
    }
}
