// Owns: learning from trusted proxies who the client is, and by which scheme and name it asked.

namespace TinyHost;

/// <summary>The stage that believes what trusted proxies say of their clients.</summary>
public sealed class Forwarded : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly ForwardedFields _fields;
    private readonly Networks _trusted;

    private Forwarded(Func<RequestContext, Task> app, ForwardedFields fields, Networks trusted)
        : base(app)
    {
        _app = app;
        _fields = fields;
        _trusted = trusted;
    }

    /// <summary>
    /// Wraps an app, with the X-Forwarded fields: see
    /// <see cref="Wrap(Func{RequestContext, Task}, ForwardedFields, string[])"/>.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(Func<RequestContext, Task> app, params string[] trusted) =>
        Wrap(app, ForwardedFields.XForwarded, trusted);

    /// <summary>
    /// Wraps an app: for a request from a peer in the networks <paramref name="trusted"/> (<c>10.0.0.0/8</c>, an address alone, or
    /// <c>unix</c> for proxies that connect to a Unix socket), the fields that its proxies write set <see cref="RequestContext.Client"/>,
    /// <see cref="Request.Scheme"/> and <see cref="Request.Host"/>, for all stages behind this one, the access log and the span. Proxies
    /// are followed from the nearest one on: the first address that is not trusted is the client's, whatever stands before it, since that
    /// may be forged. What cannot be read ends the search. Requests of other peers stay as they are. Throws
    /// <see cref="ArgumentException"/> for a text that is not a network, for no network at all, and for a value that is not one of
    /// <see cref="ForwardedFields"/>.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, ForwardedFields fields, params string[] trusted)
    {
        ArgumentNullException.ThrowIfNull(app);
        if (!Enum.IsDefined(fields))
        {
            throw new ArgumentOutOfRangeException(nameof(fields), fields, "Not a choice of fields.");
        }

        return new Forwarded(app, fields, new Networks(trusted, nameof(trusted)));
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context)
    {
        if (_trusted.Contain(context.Connection.RemoteEndPoint) && ForwardedHop.AreAnyIn(context.Request.Fields, _fields))
        {
            var before = context.Request.Allocations.OfHandler;
            Apply(context, ForwardedHop.FromNearest(context.Request.Fields, _fields));
            context.Request.Allocations.CountOwn(before);
        }

        return _app(context) ?? throw HandlerFailure.ReturnedNull(_app, "The stage after UseForwarded");
    }

    private void Apply(RequestContext context, IEnumerable<ForwardedHop> hops)
    {
        foreach (var hop in hops)
        {
            context.Request.Scheme = hop.Scheme ?? context.Request.Scheme;
            context.Request.Host = hop.Host ?? context.Request.Host;
            if (hop.For is null)
            {
                break;
            }

            context.Client = hop.For;
            if (!_trusted.Contain(hop.For))
            {
                break;
            }
        }
    }
}
