// Owns: diverting requests that satisfy a predicate to a handler of their own.
// Does not own: the predicate.

namespace TinyHost;

/// <summary>Routing by any predicate over the request.</summary>
public static class PredicateRouting
{
    /// <summary>Middleware that hands requests for which <paramref name="predicate"/> is true to <paramref name="handler"/>, all others on.</summary>
    public static Func<Func<RequestContext, Task>, Func<RequestContext, Task>> To(
        Func<RequestContext, bool> predicate,
        Func<RequestContext, Task> handler) =>
        Named("MapWhen", predicate, handler);

    /// <summary>The same for a stage with a name of its own.</summary>
    /// <param name="stage">What messages call the stage.</param>
    /// <param name="predicate">Whether the handler takes a request.</param>
    /// <param name="handler">The handler.</param>
    internal static Func<Func<RequestContext, Task>, Func<RequestContext, Task>> Named(
        string stage,
        Func<RequestContext, bool> predicate,
        Func<RequestContext, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        ArgumentNullException.ThrowIfNull(handler);
        return next => new Stage(stage, predicate, handler, HandlerCall.NotNull(next)).InvokeAsync;
    }

    private sealed class Stage(
        string stage, Func<RequestContext, bool> predicate, Func<RequestContext, Task> handler, Func<RequestContext, Task> next) : IStage
    {
        IEnumerable<Func<RequestContext, Task>> IStage.Inner => [handler, next];

        internal Task InvokeAsync(RequestContext context) =>
            predicate(context)
                ? handler(context) ?? throw HandlerCall.ReturnedNull(handler, $"The handler of {stage}")
                : next(context) ?? throw HandlerCall.ReturnedNull(next, $"The stage after {stage}");
    }
}
