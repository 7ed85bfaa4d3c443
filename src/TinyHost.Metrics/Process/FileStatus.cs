// Owns: what statx(2) reports about a file and .NET does not. It has the same layout on every architecture.

using System.Runtime.InteropServices;

namespace TinyHost.Metrics;

/// <summary>The status of a file on Linux.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileStatus
{
    /// <summary>Asks for the type in <see cref="Mode"/>.</summary>
    internal const uint WantType = 0x1;

    /// <summary>Asks for <see cref="Size"/>.</summary>
    internal const uint WantSize = 0x200;

    private const int CurrentDirectory = -100;

    [FieldOffset(28)]
    internal ushort Mode;

    [FieldOffset(40)]
    internal long Size;

    /// <summary>
    /// Reads the status of the file a path leads to. Returns false if that fails, or if the C library is older than statx.
    /// </summary>
    /// <param name="path">The path in UTF-8, with a NUL at its end.</param>
    /// <param name="wanted">What is asked for.</param>
    /// <param name="status">The status.</param>
    internal static bool TryRead(byte[] path, uint wanted, out FileStatus status)
    {
        try
        {
            return GetStatus(CurrentDirectory, in path[0], 0, wanted, out status) == 0;
        }
        catch (TypeLoadException)
        {
            status = default;
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetStatus(int directory, in byte path, int flags, uint wanted, out FileStatus status);
}
