// Owns: counting the file descriptors a Linux process has open.
// Does not own: the other figures (LinuxProcess).
// Source: proc(5), /proc/pid/fd; its st_size is the count since Linux 6.2; statx(2), which is laid out alike on every architecture.

using System.IO.Enumeration;
using System.Runtime.InteropServices;
using System.Text;

namespace TinyHost.Metrics;

/// <summary>Counts the entries in <c>fd</c> below <paramref name="process"/>. Where its size tells, that allocates nothing and opens nothing.</summary>
internal sealed class DescriptorCount(string process)
{
    private readonly string _directory = Path.Join(process, "fd");
    private readonly byte[] _terminatedPath = Encoding.UTF8.GetBytes(Path.Join(process, "fd\0"));
    private bool _hasNoSize;

    /// <summary>The number of descriptors. Throws <see cref="IOException"/> and <see cref="UnauthorizedAccessException"/>.</summary>
    internal double Read()
    {
        var size = ReadSize();
        return size > 0 ? size : Count();
    }

    private long ReadSize()
    {
        if (_hasNoSize)
        {
            return 0;
        }

        // .NET's own calls refuse to tell a directory's size.
        long size = 0;
        try
        {
            size = GetStatus(CurrentDirectory, in _terminatedPath[0], 0, SizeWanted, out var status) == 0 ? status.Size : 0;
        }
        catch (TypeLoadException)
        {
            // A C library that is older than statx.
        }

        _hasNoSize = size == 0;
        return size;
    }

    // Without the one that is opened for this. .NET looks at each one's target meanwhile.
    private int Count()
    {
        using var descriptors = new Descriptors(_directory);
        var count = -1;
        while (descriptors.MoveNext())
        {
            count++;
        }

        return count;
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetStatus(int directory, in byte path, int flags, uint wanted, out Status status);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(40)]
        internal long Size;
    }

    private sealed class Descriptors(string directory) : FileSystemEnumerator<bool>(directory, s_all)
    {
        protected override bool TransformEntry(ref FileSystemEntry entry) => true;
    }

    private static readonly EnumerationOptions s_all = new() { AttributesToSkip = 0 };

    private const int CurrentDirectory = -100;
    private const uint SizeWanted = 0x200;
}
