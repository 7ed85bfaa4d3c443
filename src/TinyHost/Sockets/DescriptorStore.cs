// Owns: systemd's store of descriptors, which keeps listening sockets open from one process of a service to the next.
// Sources: systemd, sd_notify(3), FDSTORE=1; docs/FILE_DESCRIPTOR_STORE.md.

using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// Sockets are stored as soon as a server listens on them, so that even a crash loses no connection that waits in a queue. systemd passes
/// them to the next process like those of socket units, under the names given here.
/// </summary>
/// <param name="address">The value of <c>NOTIFY_SOCKET</c>.</param>
/// <param name="room">How many descriptors the unit may store (<c>FileDescriptorStoreMax</c>).</param>
internal sealed partial class DescriptorStore(string address, int room)
{
    internal const string Source = "systemd's descriptor store";

    // No name of a unit has a +, as those of sockets that socket units made may be called.
    private const string NamePrefix = "tinyhost+";
    private const int MostNameLength = 255;

    /// <summary>The store of this service; null if there is none.</summary>
    internal static DescriptorStore? Find(Func<string, string?> variable) =>
        OperatingSystem.IsLinux()
        && variable(NotifySocket.Variable) is { Length: > 0 } address
        && int.TryParse(variable("FDSTORE"), NumberStyles.None, CultureInfo.InvariantCulture, out var room)
        && room > 0
            ? new DescriptorStore(address, room)
            : null;

    /// <summary>The socket that systemd passed under this name; null if the name is not one of this class, or nobody can connect.</summary>
    internal static KeptSocket? Read(string? name, Socket socket) =>
        name?.StartsWith(NamePrefix, StringComparison.Ordinal) == true && InheritedSocket.IsListening(socket)
        ? new KeptSocket(socket, Source, name.Split('=')[1..]) { StoredAs = name }
        : null;

    /// <summary>Stores the sockets that systemd has not made itself and does not have yet, and returns them.</summary>
    /// <param name="listeners">Those of the server that has started.</param>
    /// <param name="count">The number of those of all servers.</param>
    /// <param name="logger">The log.</param>
    internal List<KeptSocket> Store(IReadOnlyList<Listener> listeners, int count, ILogger logger)
    {
        List<KeptSocket> stored = [];
        foreach (var listener in listeners)
        {
            if (listener.Inherited is null && listener.Kept?.StoredAs is null && TryStore(listener, logger) is { } kept)
            {
                stored.Add(kept);
            }
        }

        if (count > room)
        {
            LogTooSmall(logger, room, count);
        }

        return stored;
    }

    /// <summary>Removes what is stored under a name.</summary>
    internal void Remove(string name, ILogger logger) =>
        TryNotify(socket => socket.Send("FDSTOREREMOVE=1", $"FDNAME={name}"), logger);

    private KeptSocket? TryStore(Listener listener, ILogger logger)
    {
        var keys = listener.FreePortPrefixes;
        var name = NameOf($"{NamePrefix}{listener.EndPoint}", keys);
        if (!TryNotify(socket => socket.Send(listener.Socket.SafeHandle, "FDSTORE=1", $"FDNAME={name}"), logger))
        {
            return null;
        }

        var kept = new KeptSocket(listener.Socket, Source, keys) { StoredAs = name };
        kept.TryTake();
        listener.Kept = kept;
        return kept;
    }

    // A name has visible ASCII characters without a colon.
    private static string NameOf(string endPoint, IReadOnlyList<string> keys)
    {
        var name = new StringBuilder();
        foreach (var c in endPoint)
        {
            name.Append(c is > ' ' and < '\x7f' and not ':' and not '=' ? c : '_');
        }

        foreach (var key in keys)
        {
            if (!key.Contains(':', StringComparison.Ordinal) && name.Length + key.Length < MostNameLength)
            {
                name.Append('=').Append(key);
            }
        }

        return name.ToString();
    }

    private bool TryNotify(Action<NotifySocket> send, ILogger logger)
    {
        try
        {
            using var socket = NotifySocket.Open(address, out var fault) ?? throw new IOException(fault);
            send(socket);
            return true;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            LogFailed(logger, e.Message);
            return false;
        }
    }

    [LoggerMessage(81, LogLevel.Warning, "Cannot store listening sockets with systemd (NOTIFY_SOCKET): {Error}")]
    private static partial void LogFailed(ILogger logger, string error);

    [LoggerMessage(82, LogLevel.Warning,
        "systemd stores {Room} descriptors for this service, and it has {Count} listening sockets: a restart may lose connections. Raise "
        + "FileDescriptorStoreMax in the unit.")]
    private static partial void LogTooSmall(ILogger logger, int room, int count);
}
