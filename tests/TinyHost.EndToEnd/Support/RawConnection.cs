// Owns: a connection on which a test writes bytes and reads responses. It understands Content-Length only.

using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace TinyHost.EndToEnd.Support;

internal sealed class RawConnection : IDisposable
{
    private byte[] _buffer = new byte[4_096];
    private int _start;
    private int _end;

    private RawConnection(Socket socket) => Stream = new NetworkStream(socket, ownsSocket: true);

    public NetworkStream Stream { get; }

    /// <summary>Connects to a port on the loopback interface. Throws <see cref="SocketException"/> if nothing listens there.</summary>
    public static async Task<RawConnection> OpenAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
            return new RawConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async Task SendAsync(string text, CancellationToken cancellationToken) =>
        await Stream.WriteAsync(Encoding.Latin1.GetBytes(text), cancellationToken);

    /// <summary>Reads the next response, including its content.</summary>
    public async Task<(string Head, string Content)> ReadResponseAsync(CancellationToken cancellationToken)
    {
        var head = await ReadHeadAsync(cancellationToken);
        var length = int.Parse(Field(head, "Content-Length"), CultureInfo.InvariantCulture);
        while (_end - _start < length)
        {
            await FillAsync(cancellationToken);
        }

        return (head, Take(length));
    }

    /// <summary>Reads the head of the next response. <see cref="TakeBuffered"/> returns bytes received after it.</summary>
    public async Task<string> ReadHeadAsync(CancellationToken cancellationToken)
    {
        int length;
        while ((length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8)) < 0)
        {
            await FillAsync(cancellationToken);
        }

        return Take(length + 4);
    }

    /// <summary>Returns the bytes received but not yet read.</summary>
    public ReadOnlyMemory<byte> TakeBuffered()
    {
        var buffered = _buffer.AsMemory(_start, _end - _start);
        _start = _end;
        return buffered;
    }

    /// <summary>The value of a field in a response head.</summary>
    public static string Field(string head, string name)
    {
        var line = head.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase));
        Assert.True(line is not null, $"Missing field {name} in:\n{head}");
        return line[(name.Length + 1)..].Trim();
    }

    public void Dispose() => Stream.Dispose();

    private string Take(int length)
    {
        var text = Encoding.Latin1.GetString(_buffer, _start, length);
        _start += length;
        return text;
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var count = await Stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        Assert.True(count > 0, "The server closed the connection before its response was complete.");
        _end += count;
    }
}
