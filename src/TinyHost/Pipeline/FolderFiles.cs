// Owns: which file of a folder a request means, without ever leaving the folder.

namespace TinyHost;

/// <summary>See <see cref="Files.From"/>.</summary>
internal sealed class FolderFiles
{
    private const string Index = "index.html";

    private readonly string _folder;
    private readonly bool _isOfRoute;

    /// <param name="folder">The folder.</param>
    /// <param name="isOfRoute">Whether a route's last value names the file; otherwise the whole path does.</param>
    internal FolderFiles(string folder, bool isOfRoute)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        (_folder, _isOfRoute) = (Path.GetFullPath(folder), isOfRoute);
        if (!Directory.Exists(_folder))
        {
            throw new DirectoryNotFoundException($"There is no folder {_folder} to serve files from.");
        }
    }

    internal Task HandleAsync(RequestContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (request.Method is not ("GET" or "HEAD"))
        {
            response.Fields["Allow"] = "GET, HEAD";
            return response.AnswerErrorAsync(405);
        }

        var name = (_isOfRoute ? request.RouteValues.Last : null) ?? RouteValue.Of(request.Path).ToString();
        if (!IsServed(name) || Find(name) is not { } path)
        {
            return response.AnswerErrorAsync(404);
        }

        var isFolder = name.Length == 0 || name.EndsWith('/');
        if (!Directory.Exists(path))
        {
            return isFolder ? response.AnswerErrorAsync(404) : response.SendFileAsync(path);
        }

        if (Find(Path.Join(name, Index)) is not { } index || !File.Exists(index))
        {
            return response.AnswerErrorAsync(404);
        }

        if (!isFolder || (name.Length == 0 && !EndsInSlash(request)))
        {
            // Relative links in the page need the slash.
            response.Redirect(SlashAppended(request, isFolder ? request.BasePath : name), 301);
            return Task.CompletedTask;
        }

        return response.SendFileAsync(index);
    }

    /// <summary>The file or folder of that name with links followed; null if it is outside of the folder.</summary>
    private string? Find(string name)
    {
        // Asked once, so that a long name costs no more than one question to the system.
        if (!Path.Exists(Path.Join(_folder, name)))
        {
            return null;
        }

        // Followed anew each time: a new release may have replaced a link.
        if (RealPath.Of(_folder) is not { } folder || RealPath.Of(folder, name) is not { } path)
        {
            return null;
        }

        var isInside = path.StartsWith(folder, StringComparison.Ordinal)
            && (path.Length == folder.Length || folder.EndsWith(Path.DirectorySeparatorChar)
                || path[folder.Length] == Path.DirectorySeparatorChar);
        return isInside ? path : null;
    }

    // A route value has no dot segment, backslash or drive: see RouteValue.
    private static bool IsServed(string name)
    {
        foreach (var range in name.AsSpan().Split('/'))
        {
            var segment = name.AsSpan(range);
            if (segment.StartsWith('.') && !(range.Start.Value == 0 && segment is ".well-known"))
            {
                return false;
            }

            if (OperatingSystem.IsWindows() && WindowsName.MeansAnother(segment.ToString()))
            {
                return false;
            }
        }

        return true;
    }

    // A prefix's own path, such as /assets, is the root of its subtree, as /assets/ is.
    private static bool EndsInSlash(Request request)
    {
        var path = request.Target.AsSpan();
        var query = path.IndexOf('?');
        path = query < 0 ? path : path[..query];
        return request.BasePath.Length == 0 || path.EndsWith("/") || path.EndsWith("/.") || path.EndsWith("/..");
    }

    // Relative, so that it holds behind a proxy that serves the app under another path.
    private static string SlashAppended(Request request, string path)
    {
        var query = request.Target.IndexOf('?', StringComparison.Ordinal);
        return "./" + Uri.EscapeDataString(path[(path.LastIndexOf('/') + 1)..]) + "/" + (query < 0 ? "" : request.Target[query..]);
    }
}
