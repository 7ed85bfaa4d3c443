// Owns: the Unix socket of a prefix: its path, or its name if it is abstract, and who may connect.

using System.Text;

namespace TinyHost;

/// <param name="Path">Absolute; <c>@name</c> for an abstract socket, which has no file.</param>
internal sealed record UnixSocket(string Path)
{
    /// <summary>How a prefix of a Unix socket is written: the end of a sentence.</summary>
    internal const string Form = "expected http://unix:/PATH or http://unix:/PATH:/BASE, or @NAME in place of /PATH";

    /// <summary>What a path starts with in a prefix.</summary>
    internal const string Scheme = "unix:";

    /// <summary>The permissions of the file; null for those that the process's umask leaves.</summary>
    internal UnixFileMode? Mode { get; init; }

    /// <summary>The name or number of the file's owner; null for the process's user.</summary>
    internal string? Owner { get; init; }

    /// <summary>The name or number of the file's group; null for the process's group.</summary>
    internal string? Group { get; init; }

    internal bool IsAbstract => Path[0] == '@';

    // sun_path, without its NUL: unix(7).
    private static int MaxPathSize => OperatingSystem.IsMacOS() ? 103 : 107;

    /// <summary>
    /// Reads what follows <c>unix:</c>. Returns why it is not a socket; or null, the socket, and the base path between two <c>/</c>.
    /// </summary>
    internal static string? Read(ReadOnlySpan<char> text, out UnixSocket? socket, out string basePath)
    {
        var colon = text.IndexOf(':');
        var path = colon < 0 ? text : text[..colon];
        socket = null;
        basePath = colon < 0 ? "/" : text[(colon + 1)..].ToString();
        var isBasePath = basePath.StartsWith('/');
        basePath += basePath.EndsWith('/') ? "" : "/";
        if (path.Length < 2 || path[0] is not ('/' or '@') || !isBasePath)
        {
            return Form;
        }

        if (path[0] == '/' && path[^1] == '/')
        {
            return "the path of a socket does not end in /; a base path follows a colon, such as http://unix:/run/app.sock:/base";
        }

        foreach (var c in path)
        {
            if (char.IsControl(c))
            {
                return "the path of its socket has a control character";
            }
        }

        if (Encoding.UTF8.GetByteCount(path) is var size && size > MaxPathSize)
        {
            return $"the path of its socket has {size} bytes, and the system allows {MaxPathSize}";
        }

        socket = new UnixSocket(path.ToString());
        return null;
    }
}
