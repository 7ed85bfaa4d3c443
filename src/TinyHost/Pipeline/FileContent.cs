// Owns: an open file to answer with, and its validators.

using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace TinyHost;

/// <summary>A file as it was when it was opened.</summary>
internal sealed class FileContent : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;

    private FileContent(SafeFileHandle handle, string path)
    {
        (_handle, _path) = (handle, path);
        Length = RandomAccess.GetLength(handle);
        DateTimeOffset modified = File.GetLastWriteTimeUtc(handle);
        // RFC 9110 §8.8.2.1: no date in the future. A file from the future has none.
        Validators = new Preconditions(
            string.Create(CultureInfo.InvariantCulture, $"\"{modified.Ticks:x}-{Length:x}\""),
            modified <= TimeProvider.System.GetUtcNow() ? modified.AddTicks(-(modified.Ticks % TimeSpan.TicksPerSecond)) : null);
    }

    internal long Length { get; }

    internal Preconditions Validators { get; }

    /// <summary>
    /// Opens a file. Returns null if there is none, but a folder, pipe, socket or device perhaps. Throws
    /// <see cref="UnauthorizedAccessException"/> if it may not be read.
    /// </summary>
    internal static FileContent? Open(string path)
    {
        if (SpecialFile.IsAt(path))
        {
            return null;
        }

        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete,
                FileOptions.Asynchronous | FileOptions.SequentialScan);
            var file = new FileContent(handle, path);
            handle = null;
            return file;
        }
        catch (Exception exception) when (
            exception is FileNotFoundException or DirectoryNotFoundException or PathTooLongException
            || (exception is UnauthorizedAccessException && Directory.Exists(path)))
        {
            return null;
        }
        finally
        {
            handle?.Dispose();
        }
    }

    /// <summary>Reads up to the buffer's size. Throws <see cref="IOException"/> at the end of a file that has become shorter.</summary>
    internal async ValueTask<int> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        var count = await RandomAccess.ReadAsync(_handle, buffer, offset, cancellationToken).ConfigureAwait(false);
        return count > 0 ? count
            : throw new IOException($"The file {_path} had {Length} bytes and has become shorter while it was sent: it ends at {offset}.");
    }

    public void Dispose() => _handle.Dispose();
}
