// Owns: the stage with the page on which a person calls methods.

namespace TinyHost.JsonRpc;

/// <summary>
/// The stage that offers a page for trying methods, on the port of the metrics. It is off unless <see cref="JsonRpcOptions.TryItPage"/> or
/// the setting <c>JsonRpc:TryItPage</c> turns it on.
/// </summary>
public sealed class JsonRpcPage : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly JsonRpcHandler _rpc;
    private readonly string _path;

    private JsonRpcPage(Func<RequestContext, Task> app, JsonRpcHandler rpc, string path)
        : base(app, rpc)
    {
        _app = app;
        _rpc = rpc;
        _path = path;
    }

    /// <summary>
    /// Wraps an app: on ports that serve monitoring alone (<see cref="Stage.MonitoringPort"/>), such as that of the metrics, GET for
    /// <paramref name="path"/> is answered with the page, and its POST requests are messages for <paramref name="rpc"/>. So whoever
    /// reaches the port can call the methods that <paramref name="rpc"/> allows. Other requests go to the app, which opens the port.
    /// Throws <see cref="ArgumentException"/> for a path that does not begin with a slash.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(Func<RequestContext, Task> app, JsonRpcHandler rpc, string path = "/rpc")
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(rpc);
        ArgumentNullException.ThrowIfNull(path);
        return path.StartsWith('/')
            ? new JsonRpcPage(app, rpc, path)
            : throw new ArgumentException($"'{path}' is not a path: it must begin with a slash.", nameof(path));
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context)
    {
        // Requests of other ports are measured.
        if (context.Measured || context.Request.Path != _path || !_rpc.HasPage)
        {
            return _app(context) ?? throw new InvalidOperationException("The stage after UseJsonRpcPage returned null instead of a task.");
        }

        switch (context.Request.Method)
        {
            case "GET" or "HEAD":
                return TryItPage.AnswerAsync(context).AsTask();
            case "POST":
                return _rpc.HandleAsync(context);
            default:
                context.Response.Fields["Allow"] = "GET, HEAD, POST";
                return context.Response.AnswerErrorAsync(405);
        }
    }
}
