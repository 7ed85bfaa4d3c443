// Owns: a TCP client that sends octets unchanged and reads responses strictly, one at a time.

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TinyHost.Tests.Support;

internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket;
    private readonly List<byte> _received = [];

    private RawClient(Socket socket) => _socket = socket;

    internal Socket Socket => _socket;

    internal static async Task<RawClient> ConnectAsync(IPEndPoint endPoint)
    {
        if (endPoint is UnixEndPoint unix)
        {
            return await ConnectUnixAsync(unix.Path);
        }

        var isAny = endPoint.Address.Equals(IPAddress.IPv6Any) || endPoint.Address.Equals(IPAddress.Any);
        var address = isAny ? IPAddress.Loopback : endPoint.Address;
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address, endPoint.Port);
        return new RawClient(socket);
    }

    /// <summary>Connects to a Unix socket, from one with a name if there is one.</summary>
    internal static async Task<RawClient> ConnectUnixAsync(string path, string? own = null)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        if (own is not null)
        {
            socket.Bind(new UnixDomainSocketEndPoint(own));
        }

        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path));
        return new RawClient(socket);
    }

    /// <summary>A client and the server's socket of its connection.</summary>
    internal static async Task<(RawClient Client, Socket Accepted)> PairAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var client = await ConnectAsync((IPEndPoint)listener.LocalEndPoint!);
        return (client, await listener.AcceptAsync());
    }

    internal async Task SendAsync(string octets) => await _socket.SendAsync(Encoding.Latin1.GetBytes(octets));

    internal void FinishSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes with a reset.</summary>
    internal void Reset() => _socket.Close(0);

    /// <summary>Reads until the server ends the connection.</summary>
    internal async Task<string> ReadToEndAsync()
    {
        while (await FillAsync())
        {
        }

        var text = Encoding.Latin1.GetString([.. _received]);
        _received.Clear();
        return text;
    }

    /// <summary>
    /// Reads until the connection is reset; fails if it ends otherwise. Begin before the reset: Wine tells a pending read only.
    /// </summary>
    internal async Task<string> ReadToResetAsync()
    {
        var e = await Assert.ThrowsAsync<SocketException>(ReadToEndAsync);
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        return Encoding.Latin1.GetString([.. _received]);
    }

    /// <summary>Reads until the connection ends or nothing arrives for a while, and returns the octets and how reading ended.</summary>
    internal async Task<(string Octets, string End)> ReadUntilQuietAsync(TimeSpan quiet)
    {
        var end = "closes";
        try
        {
            while (await FillAsync(quiet))
            {
            }
        }
        catch (OperationCanceledException)
        {
            end = "waits";
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            end = "resets";
        }

        return (Encoding.Latin1.GetString([.. _received]), end);
    }

    /// <summary>Reads the head of a response, with its empty line.</summary>
    internal Task<string> ReadHeadAsync() => ReadThroughAsync("\r\n\r\n");

    /// <summary>Reads one response, framed by Content-Length or chunked.</summary>
    internal async Task<RawResponse> ReadResponseAsync(bool toHead = false)
    {
        var head = await ReadHeadAsync();
        var lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        var fields = lines.Skip(1)
            .Select(line => line.Split(": ", 2))
            .ToLookup(parts => parts[0], parts => parts[1], StringComparer.OrdinalIgnoreCase);
        var content = "";
        if (!toHead && status is not (100 or 101 or 204 or 304))
        {
            content = fields["Transfer-Encoding"].Any()
                ? await ReadChunksAsync()
                : fields["Content-Length"].SingleOrDefault() is { } length
                    ? await ReadCountAsync(int.Parse(length, CultureInfo.InvariantCulture))
                    : await ReadToEndAsync();
        }

        return new RawResponse(status, head, fields, content);
    }

    internal async Task<RawResponse> GetAsync(string path, string fields = "")
    {
        await SendAsync($"GET {path} HTTP/1.1\r\nHost: test\r\n{fields}\r\n");
        return await ReadResponseAsync();
    }

    public void Dispose() => _socket.Dispose();

    private async Task<string> ReadChunksAsync()
    {
        var content = new StringBuilder();
        for (; ; )
        {
            var size = int.Parse((await ReadThroughAsync("\r\n"))[..^2], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                while (await ReadThroughAsync("\r\n") != "\r\n")
                {
                }

                return content.ToString();
            }

            content.Append(await ReadCountAsync(size));
            Assert.Equal("\r\n", await ReadCountAsync(2));
        }
    }

    private async Task<string> ReadThroughAsync(string end)
    {
        for (; ; )
        {
            var text = Encoding.Latin1.GetString([.. _received]);
            var index = text.IndexOf(end, StringComparison.Ordinal);
            if (index >= 0)
            {
                _received.RemoveRange(0, index + end.Length);
                return text[..(index + end.Length)];
            }

            Assert.True(await FillAsync(), $"The connection ended before a response did; received so far: {text}");
        }
    }

    internal async Task<string> ReadCountAsync(int count)
    {
        while (_received.Count < count)
        {
            Assert.True(await FillAsync(), "The connection ended inside content.");
        }

        var text = Encoding.Latin1.GetString([.. _received[..count]]);
        _received.RemoveRange(0, count);
        return text;
    }

    private Task<bool> FillAsync() => FillAsync(TestTimeout.Long);

    private async Task<bool> FillAsync(TimeSpan limit)
    {
        var buffer = new byte[65_536];
        using var timeout = new CancellationTokenSource(limit);
        var count = await _socket.ReceiveAsync(buffer, timeout.Token);
        _received.AddRange(buffer.AsSpan(0, count));
        return count > 0;
    }
}
