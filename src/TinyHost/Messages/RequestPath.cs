// Owns: the paths of requests whose target is not a path in normal form, and the base paths of prefixes.

using System.Text;

namespace TinyHost;

internal static class RequestPath
{
    /// <summary>The path of a target that has none, or one that is not in normal form.</summary>
    internal static string Normalize(Request request, ReadOnlySpan<byte> path)
    {
        var head = request.Head;
        if (head.Form is TargetForm.Asterisk or TargetForm.Authority)
        {
            return request.Target;
        }

        if (path.IsEmpty)
        {
            // RFC 9112 §3.2.4: a proxy would have forwarded this as the asterisk form. An empty query still has a place in the target.
            return request.Method == "OPTIONS" && head.Query == default ? "*" : "/";
        }

        // The parser has refused targets that cannot be decoded.
        var decoded = path.Length <= 512 ? stackalloc byte[512] : new byte[path.Length];
        return Encoding.UTF8.GetString(decoded[..TargetPath.Normalize(path, decoded)]);
    }

    /// <summary>
    /// Moves the base path of a prefix from <see cref="Request.Path"/> to <see cref="Request.BasePath"/>; false if the path is under none
    /// of them. Base paths have no trailing slash and are sorted by length, longest first. <c>OPTIONS *</c> and CONNECT concern the server
    /// as a whole.
    /// </summary>
    internal static bool TryEnter(Request request, IReadOnlyList<string> basePaths)
    {
        var path = request.Path;
        if (!path.StartsWith('/'))
        {
            return true;
        }

        foreach (var basePath in basePaths)
        {
            if (path.StartsWith(basePath, StringComparison.Ordinal) && (path.Length == basePath.Length || path[basePath.Length] == '/'))
            {
                request.BasePath = basePath;
                request.Path = path.Length == basePath.Length ? "/" : path[basePath.Length..];
                return true;
            }
        }

        return false;
    }
}
