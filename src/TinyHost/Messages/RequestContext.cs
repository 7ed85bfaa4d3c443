// Owns: what travels through the chain with one request.

using System.Net;
using System.Security.Claims;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// One request, its response and its connection. Every stage and handler is a <c>Func&lt;RequestContext, Task&gt;</c>.
/// The context belongs to the handler until the handler's task ends. Do not keep it: afterwards, reading and writing throw
/// <see cref="InvalidOperationException"/>, and the connection's next request may reuse the context.
/// </summary>
public sealed class RequestContext
{
    // A larger dictionary does not stay with the connection.
    private const int KeptItems = 32;

    private readonly Http1Connection _http1;
    private readonly HandlerServices _services;
    private readonly bool _isMonitoring;
    private readonly int _generation;
    private Dictionary<object, object?>? _items;
    private HandlerSignals? _signals;
    private RequestEnding? _ending;

    /// <param name="http1">The protocol objects of the connection.</param>
    /// <param name="connection">The connection's.</param>
    /// <param name="services">The server's.</param>
    /// <param name="isMonitoring">Whether the port serves monitoring alone.</param>
    internal RequestContext(Http1Connection http1, ConnectionInfo connection, HandlerServices services, bool isMonitoring)
    {
        _http1 = http1;
        _services = services;
        _isMonitoring = isMonitoring;
        _generation = http1.State.Generation;
        Request = new Request(http1, services.Strings);
        Response = new Response(http1, this);
        Connection = connection;
        Measured = !isMonitoring;
    }

    /// <summary>The request.</summary>
    public Request Request { get; }

    /// <summary>The response.</summary>
    public Response Response { get; }

    /// <summary>The connection of the request.</summary>
    public ConnectionInfo Connection { get; }

    /// <summary>
    /// The client's address: that of the connection's peer, or the one that a proxy which <see cref="Forwarded"/> trusts names. The port is
    /// 0 if the proxy does not name one. A <see cref="UnixEndPoint"/> for a peer that has connected to a Unix socket.
    /// </summary>
    public IPEndPoint Client
    {
        get => Request.Extras?.Client ?? Connection.RemoteEndPoint;
        internal set => Request.EnsureExtras().Client = value;
    }

    /// <summary>
    /// Who sent the request: the user that <see cref="Authentication"/> has admitted, or whom a stage of your own sets; by default a
    /// principal without a name that is not authenticated. A new object for each request.
    /// </summary>
    public ClaimsPrincipal User
    {
        get
        {
            var extras = Request.EnsureExtras();
            return extras.User ??= AdmittedUser.PrincipalOf(extras.Admitted);
        }

        set
        {
            ArgumentNullException.ThrowIfNull(value);
            Request.EnsureExtras().User = value;
        }
    }

    /// <summary>
    /// The application's services, in a scope of this request: it is made when this property is first read, and disposed of once the
    /// response has been sent. Without a service for scopes, the provider that the server was given; an empty one if there is none.
    /// </summary>
    public IServiceProvider Services => EnsureEnding().ScopeOf(_services.Services);

    /// <summary>
    /// Cancelled within a second when the peer has closed or reset the connection or finished sending, and when a stopping server gives up
    /// waiting for the request. A peer that only finished sending (half-close, RFC 9112 §9.6) still gets the response that the handler
    /// writes. The server looks for the peer only after this property was read. Exceptions of callbacks are logged.
    /// </summary>
    public CancellationToken Aborted => Signals.Aborted;

    /// <summary>
    /// Cancelled when the server begins to stop, so that streams and WebSockets can end cleanly. A response that has started by then may
    /// continue for <see cref="ServerLimits.StreamGrace"/>, any other request until the stop's own token is cancelled. Exceptions of
    /// callbacks are logged.
    /// </summary>
    public CancellationToken Stopping => Signals.Stopping;

    /// <summary>Values that stages pass on to later stages. Empty at the start of each request.</summary>
    public IDictionary<object, object?> Items => _items ??= _http1.Allocations.Make(this, static _ => new Dictionary<object, object?>());

    /// <summary>
    /// The template of the matched route, such as <c>/users/{id}</c>; null without one. It becomes the <c>http.route</c> attribute.
    /// </summary>
    public string? Route { get; set; }

    /// <summary>
    /// Whether the <c>http.server.*</c> instruments count the request. True by default, except on a port that serves monitoring alone
    /// (<see cref="Stage.MonitoringPort"/>). A stage that answers a scrape or a probe on another port first sets it to false.
    /// </summary>
    public bool Measured { get; set; }

    /// <summary>The name of <see cref="User"/>; null for none.</summary>
    internal string? UserName => Request.Extras is not { User: { } user } ? Request.Extras?.Admitted?.Name : user.Identity?.Name;

    /// <summary>True once the connection is lost: aborted, reset by the peer, or failed otherwise.</summary>
    internal bool IsAborted => _http1.Transport.HasFailed;

    /// <summary>True once the peer is known to have left.</summary>
    internal bool HasLeft => IsAborted || _signals is { HasLeft: true };

    /// <summary>True while a handler may be waiting for <see cref="Aborted"/>.</summary>
    internal bool IsWatched => _signals is { IsWatched: true };

    /// <summary>For failures that no caller sees.</summary>
    internal ILogger Logger => _services.Logger;

    /// <summary>The stream of a connection that has switched protocols; null before.</summary>
    internal UpgradedStream? Upgraded { get; private set; }

    /// <summary>What is to do once the response is complete; null for nothing.</summary>
    internal RequestEnding? Ending => _ending;

    /// <summary>How the error stage around the current one writes errors; null without an error stage.</summary>
    internal Func<RequestContext, RequestError, Task>? ErrorAnswer { get; set; }

    /// <summary>The refusal that a stage or the server has answered; null if there is none.</summary>
    internal RequestRejectedException? AnsweredRefusal
    {
        get => Request.Extras?.AnsweredRefusal;
        set => Request.EnsureExtras().AnsweredRefusal = value;
    }

    /// <summary>Whether the handler has not read the content, and may not: its declared length is over the limit.</summary>
    internal bool IsUnreadTooLarge => _http1.IsUnreadTooLarge;

    /// <summary>Why the request was refused, by the server or by a handler.</summary>
    internal RejectReason Refusal =>
        _http1.Rejection != RejectReason.None ? _http1.Rejection : AnsweredRefusal?.Reason ?? RejectReason.None;

    /// <summary>The status code that was sent; 0 if none was.</summary>
    internal int StatusSent => Response.HasStarted ? Response.StatusCode : 0;

    /// <summary>The number of bytes of content read from the request.</summary>
    internal long BytesRead => _http1.ContentRead;

    /// <summary>The stages of the server's run.</summary>
    internal StageRun Stages => _services.Stages;

    /// <summary>The error of the handler that a stage has logged; null if there is none.</summary>
    internal Exception? ReportedFailure
    {
        get => Request.Extras?.ReportedFailure;
        set => Request.EnsureExtras().ReportedFailure = value;
    }

    internal HandlerSignals Signals => _signals
        ?? Interlocked.CompareExchange(ref _signals, _http1.Allocations.Make(this, static context => context.NewSignals()), null)
        ?? _signals;

    /// <summary>
    /// Answers 101 (Switching Protocols) with the fields set so far (RFC 9110 §7.8), after a 100 (Continue) if the request expects one. The
    /// stream returned belongs to the handler until it ends; then the connection closes. Throws <see cref="ArgumentException"/> if
    /// <paramref name="protocol"/> is not a protocol, such as <c>line</c> or <c>line/2</c>; <see cref="InvalidOperationException"/> if the
    /// request does not ask for it, has content that was not read or was refused, or has been answered; and <see cref="IOException"/> if
    /// the peer is gone.
    /// </summary>
    public async ValueTask<Stream> UpgradeAsync(string protocol) =>
        Upgraded = await ProtocolUpgrade.SwitchAsync(this, _http1, _generation, protocol).ConfigureAwait(false);

    /// <summary>
    /// Closes the connection at once, so that the peer sees an error: for a response that has begun and cannot be finished.
    /// </summary>
    public void Abort()
    {
        // Work that an ended request left behind must not abort the next one.
        if (_generation != _http1.State.Generation || !_http1.State.IsHandlerActive)
        {
            return;
        }

        _http1.State.RecordCloseReason(CloseReason.ResponseAborted);
        _http1.Transport.Abort();
        NoticeLeft();
    }

    /// <summary>The heartbeat ticks.</summary>
    internal void Tick(long now) => _signals?.Ticked?.Invoke(now);

    /// <summary>The refusal to answer after a handler that has succeeded without reading too large content; null if none is due.</summary>
    internal RequestRejectedException? RefuseUnread() => IsUnreadTooLarge ? UnreadContent.Refuse(_http1) : null;

    /// <summary>The server begins to stop. Cancels <see cref="Stopping"/>.</summary>
    internal void AnnounceStop() => _signals?.AnnounceStop();

    /// <summary>
    /// The peer has left. Cancels <see cref="Aborted"/>, and nothing else: a peer that only finished sending still gets its response.
    /// </summary>
    internal void NoticeLeft() => _signals?.NoticeLeft();

    /// <summary>
    /// What is to do once the response is complete. Throws <see cref="InvalidOperationException"/> when the handler has ended without it.
    /// </summary>
    internal RequestEnding EnsureEnding()
    {
        if (_ending is null)
        {
            _http1.State.ThrowIfEnded(_generation);
            Interlocked.CompareExchange(ref _ending, new RequestEnding(this), null);
            // Either the connection sees it, or this sees that the handler has ended.
            _http1.State.ThrowIfEnded(_generation);
        }

        return _ending;
    }

    /// <summary>A stage has admitted this user. Costs no memory until <see cref="User"/> is read.</summary>
    internal void Admit(AdmittedUser user)
    {
        var extras = Request.EnsureExtras();
        (extras.Admitted, extras.User) = (user, null);
    }

    internal void Clear()
    {
        Request.Clear();
        _ending = null;
        Route = null;
        ErrorAnswer = null;
        Measured = !_isMonitoring;
        if (_items?.Capacity > KeptItems)
        {
            _items = null;
        }

        _items?.Clear();
        _signals?.Clear();
    }

    private HandlerSignals NewSignals() => new(this, _http1, _services.Stopping);
}
