// Owns: writing a batch to a path: atomically to a file, wherever links lead, and directly to pipes and devices.
// Sources: proc(5), /proc/pid/fd; inode(7), the file type.

using System.Text;

namespace TinyHost.Metrics;

internal static class BatchFile
{
    private const int MaxLinks = 40;
    private const int TypeMask = 0xF000;
    private const int Pipe = 0x1000;
    private const int CharacterDevice = 0x2000;
    private const int Regular = 0x8000;

    /// <summary>
    /// Replaces a file with a text: a temporary file beside it is renamed. Symbolic links stay, and the file they lead to is replaced.
    /// Pipes, terminals and other character devices are written to. Throws <see cref="IOException"/> for a directory, socket or disk.
    /// </summary>
    internal static async Task WriteAsync(string path, ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        var target = Resolve(path);
        await (DirectStream(target, path) is { } open
            ? WriteDirectlyAsync(open, text).WaitAsync(cancellationToken)
            : ReplaceAsync(target, text, cancellationToken)).ConfigureAwait(false);
    }

    // A pipe blocks the thread, in opening until there is a reader and in writing until that reads. Neither can be cancelled: the caller
    // only stops waiting.
    private static async Task WriteDirectlyAsync(Func<Stream> open, ReadOnlyMemory<byte> text)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var stream = open();
        stream.Write(text.Span);
        stream.Flush();
    }

    private static async Task ReplaceAsync(string path, ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            var file = new FileStream(
                temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
            await using (file.ConfigureAwait(false))
            {
                await file.WriteAsync(text, cancellationToken).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    // The path without symbolic links. .NET's own resolution applies .. before links, and so may lead elsewhere than the system's.
    private static string Resolve(string path)
    {
        var resolved = "";
        var parts = new Stack<string>();
        Push(Path.GetFullPath(path));
        for (var links = 0; parts.TryPop(out var part);)
        {
            if (part == "..")
            {
                resolved = Path.GetDirectoryName(resolved) ?? resolved;
                continue;
            }

            var next = Path.Combine(resolved, part);
            if (IsDescriptor(next) || new FileInfo(next).LinkTarget is not { } link)
            {
                resolved = next;
            }
            else if (++links > MaxLinks)
            {
                throw new IOException($"Cannot write the metrics to {path}: it leads through more than {MaxLinks} symbolic links.");
            }
            else
            {
                Push(link);
            }
        }

        return resolved;

        void Push(string pushed)
        {
            var root = Path.GetPathRoot(pushed) ?? "";
            resolved = root.Length > 0 ? root : resolved;
            foreach (var part in pushed[root.Length..].Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar).Reverse())
            {
                if (part is not ("" or "."))
                {
                    parts.Push(part);
                }
            }
        }
    }

    // Opens what cannot be replaced; null for a file, which need not exist.
    private static Func<Stream>? DirectStream(string target, string path)
    {
        if (IsDescriptor(target))
        {
            // A standard stream may be a socket, which cannot be opened by its path, or a file that the process has begun to write.
            return IsOwnDescriptor(target, "1") ? Console.OpenStandardOutput
                : IsOwnDescriptor(target, "2") ? Console.OpenStandardError
                : () => Append(target);
        }

        if (OperatingSystem.IsLinux() && FileStatus.TryRead(Encoding.UTF8.GetBytes(target + '\0'), FileStatus.WantType, out var status))
        {
            return (status.Mode & TypeMask) switch
            {
                Regular => null,
                Pipe or CharacterDevice => () => Append(target),
                _ => throw new IOException(
                    $"Cannot write the metrics to {path}: it is neither a file nor a pipe, a terminal or another character device."),
            };
        }

        return target.StartsWith("/dev/", StringComparison.Ordinal) && File.Exists(target) ? () => Append(target) : null;
    }

    private static FileStream Append(string path) => new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

    // The link of a descriptor describes a file rather than leading to one.
    private static bool IsDescriptor(string path) => Path.GetDirectoryName(path) is { } directory
        && (directory == "/dev/fd"
            || (directory.StartsWith("/proc/", StringComparison.Ordinal) && directory.EndsWith("/fd", StringComparison.Ordinal)));

    private static bool IsOwnDescriptor(string path, string number) =>
        path == $"/proc/{Environment.ProcessId}/fd/{number}" || path == $"/dev/fd/{number}";
}
