// Owns: diverting requests that satisfy a predicate to a handler of their own.

namespace TinyHost;

/// <summary>Routing by any predicate over the request.</summary>
public sealed class PredicateRouting : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly string _name;
    private readonly Func<RequestContext, bool> _predicate;
    private readonly Func<RequestContext, Task> _handler;

    /// <summary><paramref name="name"/> is what error messages call the stage.</summary>
    internal PredicateRouting(
        Func<RequestContext, Task> app, string name, Func<RequestContext, bool> predicate, Func<RequestContext, Task> handler)
        : base(handler, app)
    {
        _app = app;
        _name = name;
        _predicate = predicate;
        _handler = handler;
    }

    /// <summary>
    /// Wraps an app: requests for which <paramref name="predicate"/> is true go to <paramref name="handler"/>, all others to the app.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, Func<RequestContext, bool> predicate, Func<RequestContext, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(predicate);
        ArgumentNullException.ThrowIfNull(handler);
        return new PredicateRouting(app, "MapWhen", predicate, handler);
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context) =>
        _predicate(context)
            ? _handler(context) ?? throw HandlerFailure.ReturnedNull(_handler, $"The handler of {_name}")
            : _app(context) ?? throw HandlerFailure.ReturnedNull(_app, $"The stage after {_name}");
}
