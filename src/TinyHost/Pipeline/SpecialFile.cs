// Owns: telling pipes, sockets and devices from files before they are opened: opening a pipe waits for its other end. Known on Linux only.

namespace TinyHost;

internal static class SpecialFile
{
    /// <summary>Whether a path leads to something that is not a regular file, a folder included. False for what does not exist.</summary>
    internal static bool IsAt(string path) => FileStatus.Read(path, followsLink: true) is { IsRegular: false };
}
