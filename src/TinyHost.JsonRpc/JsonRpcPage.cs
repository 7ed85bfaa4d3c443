// Owns: the stage with the page on which a person calls methods.

namespace TinyHost.JsonRpc;

/// <summary>
/// The stage that offers a page for trying methods, on the port of the metrics. It is off unless <see cref="JsonRpcOptions.TryItPage"/> or
/// the setting <c>JsonRpc:TryItPage</c> turns it on.
/// </summary>
public sealed class JsonRpcPage : Stage
{
    private const int HighestPort = 65_535;

    private readonly Func<RequestContext, Task> _app;
    private readonly JsonRpcHandler _rpc;
    private readonly int _port;
    private readonly string _path;

    private JsonRpcPage(Func<RequestContext, Task> app, JsonRpcHandler rpc, int port, string path)
        : base(app, rpc)
    {
        _app = app;
        _rpc = rpc;
        _port = port;
        _path = path;
    }

    /// <summary>
    /// Wraps an app: on <paramref name="port"/>, GET for <paramref name="path"/> is answered with the page, and its POST requests are
    /// messages for <paramref name="rpc"/>. So whoever reaches the port can call the methods that <paramref name="rpc"/> allows. Requests
    /// for the page do not count as requests of the app. The port is not opened: that is for the stage of the metrics or a prefix. Throws
    /// <see cref="ArgumentException"/> for a path that does not begin with a slash, and <see cref="ArgumentOutOfRangeException"/> for a
    /// port that does not exist.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(Func<RequestContext, Task> app, JsonRpcHandler rpc, int port, string path = "/rpc")
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(rpc);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, HighestPort);
        return path.StartsWith('/')
            ? new JsonRpcPage(app, rpc, port, path)
            : throw new ArgumentException($"'{path}' is not a path: it must begin with a slash.", nameof(path));
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context)
    {
        if (context.Connection.LocalPort != _port || context.Request.Path != _path || !_rpc.HasPage)
        {
            return _app(context) ?? throw new InvalidOperationException("The stage after UseJsonRpcPage returned null instead of a task.");
        }

        context.Measured = false;
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
