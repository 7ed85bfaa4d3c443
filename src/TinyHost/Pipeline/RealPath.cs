// Owns: where a path leads once its symbolic links are followed.

namespace TinyHost;

internal static class RealPath
{
    // As on Linux (path_resolution(7)).
    private const int MostLinks = 40;

    private static readonly char[] s_separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    /// <summary>The path without links of an absolute path; null for a circle of links. What does not exist is kept as it is.</summary>
    internal static string? Of(string path)
    {
        var root = Path.GetPathRoot(path)!;
        return Of(root, path[root.Length..]);
    }

    /// <summary>The same for a path that begins at <paramref name="start"/>, which has no links.</summary>
    internal static string? Of(string start, string path)
    {
        var whole = Path.Join(start, path);
        return LeadsThere(whole, start.Length) ? whole : Follow(start, path);
    }

    /// <summary>
    /// Whether a path has no links after its first <paramref name="known"/> characters, nor parts that are to be left out. False where the
    /// system does not tell.
    /// </summary>
    private static bool LeadsThere(string path, int known)
    {
        var start = known > 0 && IsSeparator(path[known - 1]) ? known : known + 1;
        for (var end = start; end <= path.Length; end++)
        {
            if (end < path.Length && !IsSeparator(path[end]))
            {
                continue;
            }

            if (path.AsSpan(start..end) is "" or "." or ".."
                || FileStatus.Read(path.AsSpan(0, end), followsLink: false) is not { IsLink: false })
            {
                return false;
            }

            start = end + 1;
        }

        return true;
    }

    private static bool IsSeparator(char character) => s_separators.Contains(character);

    private static string? Follow(string start, string path)
    {
        var current = start;
        var pending = new Stack<string>();
        var links = 0;
        Push(pending, path);
        while (pending.TryPop(out var name))
        {
            if (name is "" or ".")
            {
                continue;
            }

            if (name == "..")
            {
                current = Path.GetDirectoryName(current) ?? current;
                continue;
            }

            var next = Path.Join(current, name);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                current = next;
                continue;
            }

            if (++links > MostLinks)
            {
                return null;
            }

            if (Path.IsPathFullyQualified(target))
            {
                current = Path.GetPathRoot(target)!;
                target = target[current.Length..];
            }

            Push(pending, target);
        }

        return current;
    }

    private static void Push(Stack<string> pending, string path)
    {
        foreach (var name in path.Split(s_separators).Reverse())
        {
            pending.Push(name);
        }
    }
}
