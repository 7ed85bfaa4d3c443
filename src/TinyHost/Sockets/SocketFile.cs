// Owns: the file of a Unix socket: what may be at its path before, and removing it at the end if it is still the same file.

using System.Net.Sockets;

namespace TinyHost;

internal sealed class SocketFile
{
    private readonly string _path;
    private readonly (ulong Device, ulong Inode)? _identity;
    private int _isRemoved;

    private SocketFile(string path)
    {
        _path = path;
        _identity = FileStatus.Read(path, followsLink: false)?.Identity;
    }

    /// <summary>The file of a socket that was bound just now.</summary>
    internal static SocketFile OfBound(string path) => new(path);

    /// <summary>Throws <see cref="IOException"/> whose message is the end of a sentence if no socket can be at the path.</summary>
    internal static void ThrowUnlessFolder(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
        {
            throw new IOException($"there is no folder {folder}");
        }
    }

    /// <summary>
    /// Removes a socket that nothing listens on, left by a process that has ended. The caller holds the <see cref="FolderLock"/>. Throws
    /// <see cref="IOException"/> whose message is the end of a sentence if the path is taken otherwise.
    /// </summary>
    internal static void MakeRoom(string path)
    {
        var status = FileStatus.Read(path, followsLink: false);
        if (status is null && !Path.Exists(path))
        {
            return;
        }

        // Elsewhere only a connection tells.
        if (status is { IsSocket: false } || (status is null && OperatingSystem.IsLinux()))
        {
            throw new IOException("its path is taken by something that is not a socket; remove that, or choose another path");
        }

        if (!IsStale(path))
        {
            throw new IOException(Binding.Reason(SocketError.AddressAlreadyInUse));
        }

        File.Delete(path);
    }

    /// <summary>
    /// Removes the file, unless another process has put its own there. Peers can no longer connect. Called while the socket is open: after
    /// that, another file may have the same identity.
    /// </summary>
    internal void Remove()
    {
        if (Interlocked.Exchange(ref _isRemoved, 1) == 0 && FileStatus.Read(_path, followsLink: false)?.Identity == _identity)
        {
            try
            {
                File.Delete(_path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Nothing listens on it: the next start removes it.
            }
        }
    }

    private static bool IsStale(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode != SocketError.AccessDenied)
        {
            // A full queue, for example, is a sign of life.
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }
}
