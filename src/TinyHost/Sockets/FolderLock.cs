// Owns: holding a folder while a Unix socket is made in it, so that of two starts at once neither takes the other's socket for one that is
// left over: until it listens, it looks like one.
// Source: flock(2).

using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace TinyHost;

/// <summary>
/// The system holds the lock for this object alone, not for the process, and releases it if the process dies. Nothing is written to the
/// folder. Unix only.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private const int Exclusive = 2;
    private const int DontWait = 4;

    // Other starts hold it for less than a millisecond.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    // Null where folders cannot be locked: some network file systems, and folders that the process may not read.
    private readonly SafeFileHandle? _folder;

    private FolderLock(SafeFileHandle? folder) => _folder = folder;

    private static int CloseOnExec => OperatingSystem.IsMacOS() ? 0x100_0000 : 0x8_0000;

    // EWOULDBLOCK.
    private static int Held => OperatingSystem.IsMacOS() ? 35 : 11;

    /// <summary>Waits for the lock. Throws <see cref="IOException"/> if somebody holds it for seconds.</summary>
    internal static FolderLock Take(string folder, TimeSpan? patience = null)
    {
        var handle = new SafeFileHandle(Open(Encoding.UTF8.GetBytes(folder + '\0'), CloseOnExec), ownsHandle: true);
        if (handle.IsInvalid)
        {
            return new FolderLock(null);
        }

        var error = 0;
        var isHeld = !SpinWait.SpinUntil(() => (error = TryLock(handle)) != Held, patience ?? s_patience);
        if (error == 0)
        {
            return new FolderLock(handle);
        }

        handle.Dispose();
        return isHeld
            ? throw new IOException($"another process holds a lock (flock) on its folder, {folder}")
            : new FolderLock(null);
    }

    /// <summary>Closes the folder, which releases the lock.</summary>
    public void Dispose() => _folder?.Dispose();

    private static int TryLock(SafeFileHandle folder) =>
        Lock(folder, Exclusive | DontWait) == 0 ? 0 : Marshal.GetLastPInvokeError();

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Lock(SafeFileHandle file, int operation);
}
