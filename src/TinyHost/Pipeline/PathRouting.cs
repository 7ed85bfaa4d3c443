// Owns: diverting a subtree of paths, and what its handler sees as path and base path.

namespace TinyHost;

/// <summary>Routing by a prefix of the path.</summary>
public sealed class PathRouting : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly string _prefix;
    private readonly Func<RequestContext, Task> _handler;
    private readonly JoinedText _basePath = new();

    private PathRouting(Func<RequestContext, Task> app, string prefix, Func<RequestContext, Task> handler)
        : base(handler, app)
    {
        _app = app;
        _prefix = prefix;
        _handler = handler;
    }

    // The handler's own paths lie below the prefix.
    internal override IEnumerable<string> LiteralPaths =>
        [_prefix, .. StageRun.FindAll(_handler).SelectMany(stage => stage.LiteralPaths).Select(path => _prefix + path)];

    /// <summary>
    /// Wraps an app: the requests of a subtree go to <paramref name="handler"/>, all others to the app. <c>/admin</c> takes <c>/admin</c>
    /// and <c>/admin/x</c>, but not <c>/administrator</c>; case counts. While the handler runs, the prefix is moved from
    /// <see cref="Request.Path"/> to <see cref="Request.BasePath"/>; both are restored afterwards. Throws <see cref="ArgumentException"/>
    /// when <paramref name="prefix"/> does not begin with <c>/</c> or ends in it, and when no path can have it, such as <c>/a%20b</c>,
    /// <c>/a/../b</c> or <c>/a?b</c>: see <see cref="ThrowIfUnreachable"/>.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(Func<RequestContext, Task> app, string prefix, Func<RequestContext, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(handler);
        if (prefix is not ['/', .., not '/'])
        {
            throw new ArgumentException(
                $"Not a path prefix: '{prefix}'; it begins with a slash and does not end in one, such as /admin.", nameof(prefix));
        }

        ThrowIfUnreachable(prefix, nameof(prefix));
        if (prefix.AsSpan().ContainsAny('{', '}'))
        {
            throw new ArgumentException(
                $"Not a path prefix: '{prefix}'; a prefix has no parameters: let Routes match them.", nameof(prefix));
        }

        return new PathRouting(app, prefix, handler);
    }

    /// <summary>
    /// For stages of your own that compare <see cref="Request.Path"/> with a text: throws <see cref="ArgumentException"/> with one
    /// sentence when no request's path can equal or begin with <paramref name="path"/>, because it is not in a path's normal form.
    /// </summary>
    public static void ThrowIfUnreachable(string path, string? parameterName = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (TargetPath.WhyUnreachable(path) is { } why)
        {
            throw new ArgumentException($"Not a path that a request can have: '{path}'; {why}.", parameterName);
        }
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context)
    {
        var request = context.Request;
        var path = request.Path;
        if (!path.StartsWith(_prefix, StringComparison.Ordinal) || (path.Length > _prefix.Length && path[_prefix.Length] != '/'))
        {
            return _app(context) ?? throw HandlerFailure.ReturnedNull(_app, $"The stage after MapPath(\"{_prefix}\")");
        }

        var basePath = request.BasePath;
        request.BasePath = _basePath.Join(basePath, _prefix);
        request.Path = path.Length == _prefix.Length ? "/" : request.Strings.Find(path.AsSpan(_prefix.Length));
        Task handled;
        try
        {
            handled = _handler(context) ?? throw HandlerFailure.ReturnedNull(_handler, $"The handler of MapPath(\"{_prefix}\")");
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

/// <summary>
/// Joins two texts, and remembers the last join, so that the same join makes no new string. Requests of several connections may race: a
/// race costs an allocation at most.
/// </summary>
internal sealed class JoinedText
{
    private string _last = "";

    internal string Join(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        var last = _last;
        if (last.Length != first.Length + second.Length || !last.AsSpan().StartsWith(first) || !last.AsSpan().EndsWith(second))
        {
            _last = last = string.Concat(first, second);
        }

        return last;
    }
}
