// Owns: the options that every connection's socket should have, each set as far as the operating system knows it.
// Does not own: what a socket cannot do without (Listener).

using System.Net.Sockets;

namespace TinyHost;

/// <summary>
/// Small segments go out at once, and a silent peer is probed: a peer that has closed everything looks like one that has merely finished sending,
/// until it answers a probe with a reset. No option is worth a failed start or a lost connection: Windows before 10 version 1709 lacks some, and
/// a peer may be gone before its socket is set. One thread at a time.
/// </summary>
/// <param name="set">How an option is set. Tests put failures here.</param>
/// <param name="areInherited">Whether an accepted socket has the options of the listening one; null for what the system does.</param>
internal sealed class SocketSettings(SocketSettings.SetOption? set = null, bool? areInherited = null)
{
    /// <summary>Sets one option. Throws <see cref="SocketException"/> where that is not possible.</summary>
    internal delegate void SetOption(Socket socket, SocketOptionLevel level, SocketOptionName name, int value);

    // As Go's net/http, with fewer probes.
    private const int KeepAliveSeconds = 15;
    private const int KeepAliveProbes = 4;

    // With a text for each, since several names of SocketOptionName share a value.
    private static readonly (SocketOptionLevel Level, SocketOptionName Name, int Value, string Text)[] s_wanted =
    [
        (SocketOptionLevel.Tcp, SocketOptionName.NoDelay, 1, nameof(SocketOptionName.NoDelay)),
        (SocketOptionLevel.Socket, SocketOptionName.KeepAlive, 1, nameof(SocketOptionName.KeepAlive)),
        (SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds, nameof(SocketOptionName.TcpKeepAliveTime)),
        (SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveSeconds, nameof(SocketOptionName.TcpKeepAliveInterval)),
        (SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes, nameof(SocketOptionName.TcpKeepAliveRetryCount)),
    ];

    private readonly SetOption _set = set ?? (static (socket, level, name, value) => socket.SetSocketOption(level, name, value));
    private readonly bool _areInherited = areInherited ?? OperatingSystem.IsLinux();

    // An option that a listening socket refuses is one the system lacks: it is not tried again for each connection.
    private readonly bool[] _isLacking = new bool[s_wanted.Length];
    private readonly bool[] _isReported = new bool[s_wanted.Length];
    private string? _unreported;

    /// <summary>Sets the options of a listening socket. Never throws for an option that cannot be set.</summary>
    internal void SetListening(Socket socket) => Set(socket, isListening: true);

    /// <summary>Sets the options of an accepted socket, unless it has them from the listening one. Never throws for an option that cannot be set.</summary>
    internal void SetAccepted(Socket socket)
    {
        if (!_areInherited)
        {
            Set(socket, isListening: false);
        }
    }

    /// <summary>The options that could not be set, with the reason, each of them once in the life of this object; null when there is nothing new.</summary>
    internal string? TakeFailures()
    {
        var failures = _unreported;
        _unreported = null;
        return failures;
    }

    private void Set(Socket socket, bool isListening)
    {
        for (var i = 0; i < s_wanted.Length; i++)
        {
            if (_isLacking[i])
            {
                continue;
            }

            var (level, name, value, text) = s_wanted[i];
            try
            {
                _set(socket, level, name, value);
            }
            catch (Exception e) when (e is SocketException or PlatformNotSupportedException)
            {
                _isLacking[i] = isListening;
                Remember(i, $"{text} ({e.Message})");
            }
        }
    }

    private void Remember(int option, string failure)
    {
        if (!_isReported[option])
        {
            _isReported[option] = true;
            _unreported = _unreported is null ? failure : $"{_unreported}, {failure}";
        }
    }
}
