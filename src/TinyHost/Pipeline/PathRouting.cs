// Owns: diverting a subtree of paths, and what its handler sees as path and base path.
// Does not own: decoding or normalising the path (TargetPath), or templates (Routes).

namespace TinyHost;

/// <summary>Routing by a prefix of the path.</summary>
public static class PathRouting
{
    /// <summary>
    /// Middleware that hands the requests of a subtree to <paramref name="handler"/>, all others on: <c>/admin</c> takes <c>/admin</c> and
    /// <c>/admin/x</c>, not <c>/administrator</c>; case counts. While the handler runs, the prefix has moved from <see cref="Request.Path"/>
    /// to <see cref="Request.BasePath"/>; both are put back afterwards.
    /// Throws <see cref="ArgumentException"/> when <paramref name="prefix"/> does not begin with <c>/</c> or ends in it, and when no path can ever
    /// have it, such as <c>/a%20b</c>, <c>/a/../b</c> or <c>/a?b</c>: see <see cref="ThrowIfUnreachable"/>.
    /// </summary>
    public static Func<Func<RequestContext, Task>, Func<RequestContext, Task>> To(string prefix, Func<RequestContext, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(handler);
        if (prefix is not ['/', .., not '/'])
        {
            throw new ArgumentException($"Not a path prefix: '{prefix}'; it begins with a slash and does not end in one, such as /admin.", nameof(prefix));
        }

        ThrowIfUnreachable(prefix, nameof(prefix));
        if (prefix.AsSpan().ContainsAny('{', '}'))
        {
            throw new ArgumentException($"Not a path prefix: '{prefix}'; a prefix has no parameters: let Routes match them.", nameof(prefix));
        }

        return next => new Stage(prefix, handler, HandlerCall.NotNull(next)).InvokeAsync;
    }

    /// <summary>
    /// For stages of your own that compare <see cref="Request.Path"/> with a text: throws <see cref="ArgumentException"/> with one sentence when no
    /// request's path can ever equal or begin with <paramref name="path"/>, because it is not in the normal form of a path.
    /// </summary>
    public static void ThrowIfUnreachable(string path, string? parameterName = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (PathText.WhyUnreachable(path) is { } why)
        {
            throw new ArgumentException($"Not a path that a request can have: '{path}'; {why}.", parameterName);
        }
    }

    private sealed class Stage(string prefix, Func<RequestContext, Task> handler, Func<RequestContext, Task> next) : IStage, ILiteralPaths
    {
        private readonly JoinedText _basePath = new();

        IEnumerable<Func<RequestContext, Task>> IStage.Inner => [handler, next];

        // The handler's own paths lie below the prefix.
        IEnumerable<string> ILiteralPaths.LiteralPaths =>
            [prefix, .. StageSearch.LiteralPaths(StageSearch.Find(handler)).ConvertAll(path => prefix + path)];

        internal Task InvokeAsync(RequestContext context)
        {
            var request = context.Request;
            var path = request.Path;
            if (!path.StartsWith(prefix, StringComparison.Ordinal) || (path.Length > prefix.Length && path[prefix.Length] != '/'))
            {
                return next(context) ?? throw HandlerCall.ReturnedNull(next, $"The stage after MapPath(\"{prefix}\")");
            }

            var basePath = request.BasePath;
            request.BasePath = _basePath.Join(basePath, prefix);
            request.Path = path.Length == prefix.Length ? "/" : request.FindText(path.AsSpan(prefix.Length));
            Task handled;
            try
            {
                handled = handler(context) ?? throw HandlerCall.ReturnedNull(handler, $"The handler of MapPath(\"{prefix}\")");
            }
            catch
            {
                Restore(request, basePath, path);
                throw;
            }

            if (!handled.IsCompleted)
            {
                return RestoreAfterAsync(handled, request, basePath, path);
            }

            Restore(request, basePath, path);
            return handled;
        }

        private static async Task RestoreAfterAsync(Task handled, Request request, string basePath, string path)
        {
            try
            {
                await handled.ConfigureAwait(false);
            }
            finally
            {
                Restore(request, basePath, path);
            }
        }

        private static void Restore(Request request, string basePath, string path)
        {
            request.BasePath = basePath;
            request.Path = path;
        }
    }
}
