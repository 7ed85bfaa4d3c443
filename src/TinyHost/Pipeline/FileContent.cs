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
        Validators = ValidatorsOf(File.GetLastWriteTimeUtc(handle), Length);
    }

    internal long Length { get; }

    internal Preconditions Validators { get; }

    /// <summary>The validators of a file that changed then and has that length.</summary>
    internal static Preconditions ValidatorsOf(DateTimeOffset modified, long length) => new(
        string.Create(CultureInfo.InvariantCulture, $"\"{modified.Ticks:x}-{length:x}\""),
        // RFC 9110 §8.8.2.1: no date in the future. A file from the future has none.
        modified <= TimeProvider.System.GetUtcNow() ? modified.AddTicks(-(modified.Ticks % TimeSpan.TicksPerSecond)) : null);

    /// <summary>
    /// Opens a file. Returns null if there is none, but a folder, pipe, socket or device perhaps. Throws
    /// <see cref="UnauthorizedAccessException"/> if it may not be read.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="status">The status of the file there; null if the system does not tell.</param>
    internal static FileContent? Open(string path, FileStatus? status)
    {
        // Opening a pipe would wait for its other end.
        if (status is { IsRegular: false })
        {
            return null;
        }

        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
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
        // Except on Windows, an asynchronous read blocks another thread of the pool: one of the pool may as well read itself. A socket
        // thread, which has other connections to serve, may not.
        var count = !OperatingSystem.IsWindows() && Thread.CurrentThread.IsThreadPoolThread
            ? RandomAccess.Read(_handle, buffer.Span, offset)
            : await RandomAccess.ReadAsync(_handle, buffer, offset, cancellationToken).ConfigureAwait(false);
        return count > 0 ? count
            : throw new IOException($"The file {_path} had {Length} bytes and has become shorter while it was sent: it ends at {offset}.");
    }

    public void Dispose() => _handle.Dispose();
}
