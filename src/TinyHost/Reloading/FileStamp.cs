// Owns: noticing that a file has changed.

namespace TinyHost;

/// <summary>
/// Differs after a write and after a replacement by another file, even one of the same size and age where the system tells (Linux). All
/// zero if the file cannot be opened. Links are followed.
/// </summary>
internal readonly record struct FileStamp(long Length, long Time, ulong Node)
{
    internal static FileStamp Of(string path)
    {
        if (FileStatus.Read(path, followsLink: true) is { } status)
        {
            return new FileStamp(status.Size, (status.ChangedSeconds * 1_000_000_000) + status.ChangedNanoseconds, status.Inode);
        }

        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return new FileStamp(RandomAccess.GetLength(handle), new DateTimeOffset(File.GetLastWriteTimeUtc(handle)).UtcTicks, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            // Whoever loads the file reports why.
            return default;
        }
    }
}
