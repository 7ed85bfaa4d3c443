// Owns: counting the file descriptors a Linux process has open.
// Does not own: the other figures (LinuxProcess).
// Source: proc(5), /proc/pid/fd; its st_size is the count since Linux 6.2.

using System.IO.Enumeration;

namespace TinyHost.Metrics;

internal static class DescriptorCount
{
    /// <summary>
    /// The number of entries in <c>fd</c> below <paramref name="process"/>, without the one this reading opens. Makes no strings. Throws
    /// <see cref="IOException"/> and <see cref="UnauthorizedAccessException"/>.
    /// </summary>
    internal static double Read(string process)
    {
        using (var size = new SizeOfDescriptors(process))
        {
            if (size.MoveNext() && size.Current > 0)
            {
                return size.Current - 1;
            }
        }

        // Before Linux 6.2 they must be counted, and .NET looks at each one's target while it does.
        using var descriptors = new Descriptors(Path.Join(process, "fd"));
        int count = -1;
        while (descriptors.MoveNext())
        {
            count++;
        }

        return count;
    }

    private static readonly EnumerationOptions s_all = new() { AttributesToSkip = 0 };

    // File and FileInfo refuse to tell a directory's size; an enumeration of its parent does not.
    private sealed class SizeOfDescriptors(string process) : FileSystemEnumerator<long>(process, s_all)
    {
        protected override bool ShouldIncludeEntry(ref FileSystemEntry entry) => entry.FileName is "fd";

        protected override long TransformEntry(ref FileSystemEntry entry) => entry.Length;
    }

    private sealed class Descriptors(string directory) : FileSystemEnumerator<bool>(directory, s_all)
    {
        protected override bool TransformEntry(ref FileSystemEntry entry) => true;
    }
}
