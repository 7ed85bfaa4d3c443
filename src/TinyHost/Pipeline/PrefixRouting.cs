// Owns: diverting requests by the name of the prefix that their connection was accepted for.

namespace TinyHost;

/// <summary>Routing by the name of a prefix, as in <c>admin=http://127.0.0.1:0/</c>. The Host field plays no part.</summary>
public sealed class PrefixRouting : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly string _prefix;
    private readonly Func<RequestContext, Task> _handler;

    private PrefixRouting(Func<RequestContext, Task> app, string prefix, Func<RequestContext, Task> handler)
        : base(handler, app)
    {
        _app = app;
        _prefix = prefix;
        _handler = handler;
    }

    /// <inheritdoc />
    protected internal override string ServedPrefix => _prefix;

    /// <summary>
    /// Wraps an app: requests on the port of the prefix named <paramref name="prefix"/> go to <paramref name="handler"/>, all others to the
    /// app. If no prefix of the server has that name, or another one has the same port, the server fails to start with
    /// <see cref="ServerStartException"/>. Throws <see cref="ArgumentException"/> for a text that cannot be a name.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, string prefix, Func<RequestContext, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(handler);
        ThrowUnlessName(prefix, nameof(prefix));
        return new PrefixRouting(app, prefix, handler);
    }

    /// <summary>Throws <see cref="ArgumentException"/> for a text that cannot be the name of a prefix. For custom stages.</summary>
    public static void ThrowUnlessName(string prefix, string? parameterName = null)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        if (!Prefix.IsName(prefix))
        {
            throw new ArgumentException(
                $"A prefix cannot be named '{prefix}': a name consists of ASCII letters, digits, '-' and single '_', and is not a number.",
                parameterName);
        }
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context) =>
        context.Connection.IsOfPrefix(_prefix)
            ? _handler(context) ?? throw HandlerFailure.ReturnedNull(_handler, $"The handler of MapPrefix(\"{_prefix}\")")
            : _app(context) ?? throw HandlerFailure.ReturnedNull(_app, $"The stage after MapPrefix(\"{_prefix}\")");
}
