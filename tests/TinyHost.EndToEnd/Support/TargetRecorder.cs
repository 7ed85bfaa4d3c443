// Owns: a server that records the target of each request as its handler saw it.

using System.Collections.Concurrent;

namespace TinyHost.EndToEnd.Support;

/// <summary>The target of one request as its handler saw it.</summary>
internal sealed record SeenTarget(string Target, string Path, string Query);

internal sealed class TargetRecorder : IAsyncDisposable
{
    private readonly ConcurrentQueue<SeenTarget> _seen = new();
    private readonly TaskCompletionSource _pageDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpServer _server;
    private readonly string _page;

    private TargetRecorder(string page)
    {
        _page = page;
        var options = new ServerOptions();
        options.Prefixes.Add("http://127.0.0.1:0/");
        _server = new HttpServer(options, HandleAsync);
    }

    public int Port => _server.EndPoints[0].Port;

    public string Origin => $"http://127.0.0.1:{Port}";

    public IReadOnlyList<SeenTarget> Seen => [.. _seen];

    /// <summary>
    /// Starts a server that records every request, except those a page makes for itself: <c>/page</c>, <c>/done</c> when it has
    /// finished, and <c>/wait</c>, a picture that delays the end of loading until then.
    /// </summary>
    public static async Task<TargetRecorder> StartAsync(string page = "")
    {
        var recorder = new TargetRecorder(page);
        await recorder._server.StartAsync(TestContext.Current.CancellationToken);
        return recorder;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task HandleAsync(RequestContext context)
    {
        var request = context.Request;
        switch (request.Path)
        {
            case "/page":
                context.Response.ContentType = "text/html; charset=utf-8";
                return context.Response.WriteTextAsync(_page);
            case "/wait":
                return _pageDone.Task.WaitAsync(context.Aborted);
            case "/done":
                _pageDone.TrySetResult();
                return Task.CompletedTask;
            case "/favicon.ico":
                context.Response.StatusCode = 404;
                return Task.CompletedTask;
            default:
                _seen.Enqueue(new SeenTarget(request.Target, request.Path, request.RawQuery));
                return Task.CompletedTask;
        }
    }
}
