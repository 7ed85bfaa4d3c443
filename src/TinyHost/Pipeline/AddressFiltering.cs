// Owns: admitting clients by their address.

namespace TinyHost;

/// <summary>The stage that admits only clients of some networks.</summary>
public sealed class AddressFiltering : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly Networks _allowed;

    private AddressFiltering(Func<RequestContext, Task> app, Networks allowed)
        : base(app)
    {
        _app = app;
        _allowed = allowed;
    }

    /// <summary>
    /// Wraps an app: requests whose <see cref="RequestContext.Client"/> is in one of the networks <paramref name="allowed"/>
    /// (<c>10.0.0.0/8</c>, <c>2001:db8::/32</c>, an address alone, or <c>unix</c> for clients of Unix sockets) go to the app; all others
    /// are answered with 403. Behind a proxy, put <see cref="Forwarded"/> before it. Throws <see cref="ArgumentException"/> for a text that
    /// is not a network, and for no network at all.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(Func<RequestContext, Task> app, params string[] allowed)
    {
        ArgumentNullException.ThrowIfNull(app);
        return new AddressFiltering(app, new Networks(allowed, nameof(allowed)));
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context) => _allowed.Contain(context.Client)
        ? _app(context) ?? throw HandlerFailure.ReturnedNull(_app, "The stage after UseAddressFiltering")
        : context.Response.AnswerErrorAsync(403);
}
