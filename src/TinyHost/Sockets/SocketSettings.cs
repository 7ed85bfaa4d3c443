// Owns: the socket options that every connection should have, each set if the operating system has it.

using System.Net.Sockets;

namespace TinyHost;

/// <summary>
/// Small segments are sent at once, and silent peers are probed: a peer that has closed the connection looks like one that has only
/// finished sending, until it answers a probe with a reset. An option that cannot be set is logged and fails neither the start nor the
/// connection. Windows before 10 version 1709 lacks some. One thread at a time.
/// </summary>
/// <param name="set">How to set an option. Tests put failures here.</param>
/// <param name="areInherited">See <see cref="AreInherited"/>; null for what the system does.</param>
internal sealed class SocketSettings(SocketSettings.SetOption? set = null, bool? areInherited = null)
{
    // As in Go's net/http, with fewer probes.
    private const int KeepAliveSeconds = 15;
    private const int KeepAliveProbes = 4;

    // The first one: on Windows another socket could otherwise take connections of the same port.
    private const int ForListeningOnly = 1;

    // With names, because several members of SocketOptionName share a value.
    private static readonly (SocketOptionLevel Level, SocketOptionName Option, int Value, string Name)[] s_options =
    [
        (SocketOptionLevel.Socket, SocketOptionName.ExclusiveAddressUse, 1, nameof(SocketOptionName.ExclusiveAddressUse)),
        (SocketOptionLevel.Tcp, SocketOptionName.NoDelay, 1, nameof(SocketOptionName.NoDelay)),
        (SocketOptionLevel.Socket, SocketOptionName.KeepAlive, 1, nameof(SocketOptionName.KeepAlive)),
        (SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds, nameof(SocketOptionName.TcpKeepAliveTime)),
        (SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveSeconds, nameof(SocketOptionName.TcpKeepAliveInterval)),
        (SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes, nameof(SocketOptionName.TcpKeepAliveRetryCount)),
    ];

    private readonly SetOption _set = set ?? (static (socket, level, option, value) => socket.SetSocketOption(level, option, value));

    // The system lacks options that a listening socket refuses. They are not tried again for each connection.
    private readonly bool[] _isLacking = new bool[s_options.Length];
    private readonly bool[] _isReported = new bool[s_options.Length];
    private string? _failures;

    /// <summary>Sets one option or throws <see cref="SocketException"/>.</summary>
    internal delegate void SetOption(Socket socket, SocketOptionLevel level, SocketOptionName option, int value);

    /// <summary>Whether accepted sockets have the options of the listening socket already.</summary>
    internal bool AreInherited { get; } = areInherited ?? OperatingSystem.IsLinux();

    internal void SetListening(Socket socket) => Set(socket, isListening: true);

    internal void SetAccepted(Socket socket) => Set(socket, isListening: false);

    /// <summary>
    /// The options that could not be set since the last call, with the reasons, each option once; null if there are none.
    /// </summary>
    internal string? TakeFailures()
    {
        var failures = _failures;
        _failures = null;
        return failures;
    }

    private void Set(Socket socket, bool isListening)
    {
        if (socket.AddressFamily == AddressFamily.Unix)
        {
            return;
        }

        for (var i = isListening ? 0 : ForListeningOnly; i < s_options.Length; i++)
        {
            if (_isLacking[i])
            {
                continue;
            }

            var (level, option, value, name) = s_options[i];
            try
            {
                _set(socket, level, option, value);
            }
            catch (Exception e) when (e is SocketException or PlatformNotSupportedException)
            {
                _isLacking[i] = isListening;
                Report(i, $"{name} ({e.Message})");
            }
        }
    }

    private void Report(int option, string failure)
    {
        if (!_isReported[option])
        {
            _isReported[option] = true;
            _failures = _failures is { } earlier ? $"{earlier}, {failure}" : failure;
        }
    }
}
