// Owns: reading a whole file of settings, credentials or certificates without being held up or filled up by what is at its path.

namespace TinyHost;

internal static class BoundedFile
{
    private const int FirstSize = 16_384;

    /// <summary>
    /// The content. A pipe or a device, which could make the reader wait for ever or never end, is refused; known on Linux only. Throws
    /// <see cref="IOException"/>, whose message is a sentence or its end, and <see cref="UnauthorizedAccessException"/>.
    /// </summary>
    /// <param name="path">The path. Links are followed.</param>
    /// <param name="maxSize">The most bytes that such a file has.</param>
    internal static byte[] Read(string path, int maxSize)
    {
        if (FileStatus.Read(path, followsLink: true) is { IsRegular: false } && !Directory.Exists(path))
        {
            throw new IOException("it is not a regular file, but a pipe, a socket or a device");
        }

        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(handle);
        if (length > maxSize)
        {
            throw TooLong($"{length}", maxSize);
        }

        // Some file systems say 0 and have content.
        var content = new byte[length == 0 ? FirstSize : length];
        var count = 0;
        for (int read; (read = RandomAccess.Read(handle, content.AsSpan(count), count)) > 0;)
        {
            count += read;
            if (count > maxSize)
            {
                throw TooLong($"more than {maxSize}", maxSize);
            }

            if (count == content.Length && length == 0)
            {
                Array.Resize(ref content, 2 * count);
            }
        }

        return content[..count];
    }

    private static IOException TooLong(string size, int maxSize) => new($"it has {size} bytes; such files have at most {maxSize}");
}
