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
