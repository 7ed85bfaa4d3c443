// Owns: telling whether a file has changed without reading it.

namespace TinyHost;

/// <summary>
/// What changes with the content of a file, however it is written: in place, by a rename, or by moving a link. The time of creation stands
/// for the inode, which .NET does not expose: a file that is renamed over another has its own.
/// </summary>
internal readonly record struct FileStamp(DateTimeOffset Modified, DateTimeOffset Created, long Length, string Target)
{
    /// <summary>The stamp of a file; that of a missing file if it cannot be examined.</summary>
    internal static FileStamp Of(string path)
    {
        try
        {
            var file = File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);
            return new(file.LastWriteTimeUtc, file.CreationTimeUtc, file.Exists ? file.Length : -1, file.FullName);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new(default, default, -1, path);
        }
    }
}
