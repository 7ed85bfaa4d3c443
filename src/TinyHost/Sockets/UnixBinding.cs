// Owns: binding the socket of a prefix that is a Unix socket, with its permissions and owner.

using System.Net.Sockets;

namespace TinyHost;

internal static class UnixBinding
{
    /// <summary>Throws <see cref="ServerStartException"/>; then no file is left that was not there.</summary>
    /// <param name="prefix">What to listen on.</param>
    /// <param name="backlog">The size of the queue.</param>
    /// <param name="kept">The socket that an earlier process has bound; null for none.</param>
    internal static Listener Bind(Prefix prefix, int backlog, KeptSocket? kept = null)
    {
        try
        {
            return kept is null ? Bind(prefix.Unix!, backlog) : GoOnWith(kept, prefix.Unix!, backlog);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            var addedFor = prefix.AddedFor is { } whose ? $", {whose}" : "";
            throw new ServerStartException($"Cannot listen on {prefix}{addedFor}: {Reason(e)}.", e);
        }
    }

    private static Listener Bind(UnixSocket unix, int backlog)
    {
        if (OperatingSystem.IsWindows() || (unix.IsAbstract && !OperatingSystem.IsLinux()))
        {
            throw new PlatformNotSupportedException(unix.IsAbstract ? "Linux alone has abstract sockets" : "not served on Windows");
        }

        if (unix.IsAbstract)
        {
            return Listen(unix, backlog);
        }

        SocketFile.ThrowUnlessFolder(unix.Path);
        using (FolderLock.Take(Path.GetDirectoryName(unix.Path)!))
        {
            SocketFile.MakeRoom(unix.Path);
            return Listen(unix, backlog);
        }
    }

    private static Listener Listen(UnixSocket unix, int backlog)
    {
        var socket = UnixListenAddress.Bind(unix.Path);
        var file = unix.IsAbstract ? null : SocketFile.OfBound(unix.Path);
        try
        {
            // Nobody can connect before the socket listens, so the file has its permissions by then.
            SetAccess(unix);
            socket.Listen(backlog);
            return new Listener(socket, file);
        }
        catch
        {
            file?.Remove();
            socket.Dispose();
            throw;
        }
    }

    private static Listener GoOnWith(KeptSocket kept, UnixSocket unix, int backlog)
    {
        kept.Socket.Listen(backlog);
        if (unix.IsAbstract)
        {
            return kept.Listen();
        }

        SetAccess(unix);
        return kept.Listen(SocketFile.OfBound(unix.Path));
    }

    private static void SetAccess(UnixSocket unix)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        if (unix.Owner is not null || unix.Group is not null)
        {
            UnixAccount.SetOwner(unix.Path, unix.Owner, unix.Group);
        }

        if (unix.Mode is { } mode)
        {
            UnixAccount.SetMode(unix.Path, mode);
        }
    }

    private static string Reason(Exception failure) => failure switch
    {
        // ENOENT, after the folder was found.
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } => "no socket can be made in its folder",
        SocketException e => Binding.Reason(e.SocketErrorCode),
        UnauthorizedAccessException => Binding.Reason(SocketError.AccessDenied),
        _ => failure.Message.TrimEnd('.'),
    };
}
