// Owns: reading a file of the proc file system as a whole, again and again.

using Microsoft.Win32.SafeHandles;

namespace TinyHost.Metrics;

/// <summary>
/// A file that stays open after its first reading. A failed reading is reported once, and the next one opens the file again. One thread at
/// a time.
/// </summary>
/// <param name="path">The path.</param>
/// <param name="unreadable">Called with the path and the cause the first time the file cannot be read.</param>
internal sealed class ProcFile(string path, Action<string, Exception> unreadable) : IDisposable
{
    private const int InitialSize = 1_024;

    private byte[] _buffer = [];
    private SafeFileHandle? _handle;
    private bool _isReported;

    /// <summary>The content, valid until the next reading; empty if the file cannot be read.</summary>
    internal ReadOnlySpan<byte> Read()
    {
        try
        {
            // Thrown and caught, an exception would count among the application's in every scrape.
            if (_handle is null && !File.Exists(path))
            {
                Report(new FileNotFoundException("The file does not exist."));
                return default;
            }

            _handle ??= File.OpenHandle(path);
            return ReadAll(_handle);
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            Report(exception);
            Dispose();
            return default;
        }
    }

    /// <summary>Reports that the file, or what it stands for, cannot be read, unless it has been reported already.</summary>
    internal void Report(Exception exception)
    {
        if (!_isReported)
        {
            _isReported = true;
            unreadable(path, exception);
        }
    }

    internal static bool IsUnreadable(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>Closes the file, and lets go of its content. The next reading opens it again.</summary>
    public void Dispose()
    {
        _handle?.Dispose();
        _handle = null;
        _buffer = [];
    }

    private ReadOnlySpan<byte> ReadAll(SafeFileHandle handle)
    {
        var length = 0;
        while (true)
        {
            if (length == _buffer.Length)
            {
                Array.Resize(ref _buffer, Math.Max(2 * length, InitialSize));
            }

            var count = RandomAccess.Read(handle, _buffer.AsSpan(length), length);
            if (count == 0)
            {
                return _buffer.AsSpan(0, length);
            }

            length += count;
        }
    }
}
