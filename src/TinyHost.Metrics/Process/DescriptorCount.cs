// Owns: counting the open file descriptors of a Linux process.
// Source: proc(5), /proc/pid/fd, whose st_size is the count since Linux 6.2.

using System.IO.Enumeration;
using System.Text;

namespace TinyHost.Metrics;

/// <summary>Counts the entries of the directory <c>fd</c> below <paramref name="process"/>, by its size if the kernel tells it.</summary>
internal sealed class DescriptorCount(string process)
{
    private static readonly EnumerationOptions s_all = new() { AttributesToSkip = 0 };

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

        // .NET does not report the size of a directory.
        var size = FileStatus.TryRead(_terminatedPath, FileStatus.WantSize, out var status) ? status.Size : 0;
        _hasNoSize = size == 0;
        return size;
    }

    // Not counting the descriptor that is opened to count.
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

    private sealed class Descriptors(string directory) : FileSystemEnumerator<bool>(directory, s_all)
    {
        protected override bool TransformEntry(ref FileSystemEntry entry) => true;
    }
}
