// Owns: what one request's way through the chain carries.
// Does not own: reading or writing the connection.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// One request, its response and its connection. Every stage and handler is a <c>Func&lt;RequestContext, Task&gt;</c>.
/// The context belongs to the handler until the handler's task ends. Nothing of it may be kept or touched afterwards: reading and writing throw
/// <see cref="InvalidOperationException"/> then, and the context may come back as that of the connection's next request.
/// </summary>
public sealed class RequestContext
{
    // What an unusual request needs does not stay with the connection.
    private const int KeptItems = 32;

    private readonly Wire _wire;
    private readonly bool _isMonitoring;
    private readonly int _generation;
    private Dictionary<object, object?>? _items;
    // Never disposed: it holds neither timer nor wait handle, and the heartbeat may cancel it while the connection ends.
    private CancellationTokenSource? _aborted;
    private readonly CancellationTokenSource? _spare;
    // The request's own: a callback that blocks keeps no other handler from learning of the stop. Never disposed either.
    private CancellationTokenSource? _stopping;

    /// <param name="wire">The connection's.</param>
    /// <param name="connection">The connection's.</param>
    /// <param name="services">The server's.</param>
    /// <param name="stages">The stages of the server's run.</param>
    /// <param name="isMonitoring">Whether the port serves monitoring alone.</param>
    /// <param name="last">The last request's, when this one has objects of its own: what that one needed this one has from the start.</param>
    internal RequestContext(Wire wire, ConnectionInfo connection, IServiceProvider services, Stages stages, bool isMonitoring, RequestContext? last)
    {
        _wire = wire;
        _generation = wire.State.Generation;
        _isMonitoring = isMonitoring;
        Request = new Request(wire, last?.Request);
        Response = new Response(wire.State, wire.Response, last?.Response);
        _items = last?._items is { } items ? new Dictionary<object, object?>(Math.Min(items.Capacity, KeptItems)) : null;
        _spare = last?._aborted is null && last?._spare is null ? null : new CancellationTokenSource();
        _stopping = last?._stopping is null ? null : new CancellationTokenSource();
        Connection = connection;
        Services = services;
        Stages = stages;
        Measured = !isMonitoring;
    }

    /// <summary>The request.</summary>
    public Request Request { get; }

    /// <summary>The response.</summary>
    public Response Response { get; }

    /// <summary>The connection the request came in on.</summary>
    public ConnectionInfo Connection { get; }

    /// <summary>The services of the application; an empty provider when the server was given none.</summary>
    public IServiceProvider Services { get; }

    /// <summary>
    /// Cancelled when the peer has left: it closed the connection, reset it, or finished sending (noticed within a second or two, and only
    /// once this was asked for); and when the server gives up waiting for the request while it stops. A peer that merely finished sending
    /// (half-close, RFC 9112 §9.6) looks like one that left; a response that the handler writes nevertheless is sent to it.
    /// </summary>
    public CancellationToken Aborted
    {
        get
        {
            if (_aborted is null)
            {
                Interlocked.CompareExchange(ref _aborted, _spare ?? new CancellationTokenSource(), null);
                if (_wire.Transport.HasFailed)
                {
                    HandlerToken.Cancel(_aborted, Logger, Connection.Id);
                }
            }

            return _aborted.Token;
        }
    }

    /// <summary>
    /// Cancelled when the server begins to stop, so that streams and WebSockets can end cleanly. The request may go on for as long as the stop
    /// waits: a response that had started by then for <see cref="ServerLimits.StreamGrace"/>, every other until the stop's own token is
    /// cancelled. What a callback throws is logged, and nothing waits for one.
    /// </summary>
    public CancellationToken Stopping
    {
        get
        {
            if (_stopping is null)
            {
                Interlocked.CompareExchange(ref _stopping, new CancellationTokenSource(), null);
            }

            if (_wire.Stopping.IsCancellationRequested && !_stopping.IsCancellationRequested)
            {
                AnnounceStop();
            }

            return _stopping.Token;
        }
    }

    /// <summary>Things that stages pass on to later stages of the same request. Empty at the start of each request.</summary>
    public IDictionary<object, object?> Items => _items ??= [];

    /// <summary>The template of the route that took the request, such as <c>/users/{id}</c>; null before or without one. It becomes the <c>http.route</c> attribute.</summary>
    public string? Route { get; set; }

    /// <summary>
    /// Whether the request counts in the <c>http.server.*</c> instruments. Default true, but on a port that is for monitoring alone
    /// (<see cref="Stage.MonitoringPort"/>). A stage that answers monitoring (a scrape, a probe) on another sets it to false before it does
    /// anything else.
    /// </summary>
    public bool Measured { get; set; }

    /// <summary>
    /// Answers 101 (Switching Protocols) with the fields set so far, and hands the connection over (RFC 9110 §7.8): the stream returned is
    /// the handler's until it ends; then the connection is closed. A 100 (Continue) that the request expects goes first. Throws
    /// <see cref="ArgumentException"/> when <paramref name="protocol"/> is not a protocol, that is a token, or two with a slash between them, such as
    /// <c>line</c> or <c>line/2</c>; <see cref="InvalidOperationException"/> when the request did not ask for <paramref name="protocol"/>, has content that was not read or
    /// was refused, or has been answered; and <see cref="IOException"/> when the peer is gone. <see cref="Aborted"/> fires when the server gives up waiting while it stops.
    /// </summary>
    public async ValueTask<Stream> UpgradeAsync(string protocol)
    {
        ArgumentNullException.ThrowIfNull(protocol);
        if (!TokenText.IsProtocol(protocol))
        {
            throw new ArgumentException(
                $"Not a protocol to switch to: '{protocol}'; it is a token, or a name and a version with a slash between them, such as line/2 (RFC 9110 §7.8).",
                nameof(protocol));
        }

        if (!Request.Upgrades(protocol))
        {
            throw new InvalidOperationException($"The request does not ask to switch to '{protocol}'.");
        }

        if (!Request.Body.IsAtEnd || _wire.Content.Rejection != RejectReason.None || Response.HasStarted || Response.BytesWritten > 0)
        {
            throw new InvalidOperationException("Only a request whose content is read and whose response is untouched can switch protocols.");
        }

        _wire.State.EnterWrite(_generation);
        try
        {
            await _wire.Response.UpgradeAsync(protocol, isContinueDue: Request.ExpectsContinue && !_wire.Content.HasContinued).ConfigureAwait(false);
        }
        finally
        {
            _wire.State.ExitWrite();
        }

        return Upgraded = new UpgradedStream(_wire.State, _wire.Transport, _wire.Received, _wire.Send);
    }

    /// <summary>
    /// Closes the connection at once, so that the peer sees an error: what is left when a response has begun and cannot be finished.
    /// </summary>
    public void Abort()
    {
        // What an ended request left behind must not cost the next one its connection.
        if (_generation != _wire.State.Generation || !_wire.State.IsHandlerActive)
        {
            return;
        }

        _wire.State.Close(CloseReason.ResponseAborted);
        _wire.Transport.Abort();
        NoticeLeft();
    }

    /// <summary>The server begins to stop. Cancels <see cref="Stopping"/>.</summary>
    internal void AnnounceStop()
    {
        if (_stopping is { } stopping)
        {
            HandlerToken.Cancel(stopping, Logger, Connection.Id);
        }
    }

    /// <summary>The peer has left. Cancels <see cref="Aborted"/>, and nothing else: a peer that merely finished sending still gets its response.</summary>
    internal void NoticeLeft()
    {
        if (_aborted is { } aborted)
        {
            HandlerToken.Cancel(aborted, Logger, Connection.Id);
        }
    }

    /// <summary>True once the connection is lost: aborted, reset by the peer, or failed otherwise.</summary>
    internal bool IsAborted => _wire.Transport.HasFailed;

    /// <summary>True once <see cref="Aborted"/> was cancelled, or would have been.</summary>
    internal bool HasLeft => IsAborted || _aborted is { IsCancellationRequested: true };

    /// <summary>Where failures are reported that no caller sees.</summary>
    internal ILogger Logger => _wire.Logger;

    /// <summary>The stream of a connection that has switched protocols; null before.</summary>
    internal UpgradedStream? Upgraded { get; private set; }

    /// <summary>The stages of the server's run.</summary>
    internal Stages Stages { get; }

    /// <summary>What the handler threw, when a stage has answered for it.</summary>
    internal Exception? Failure { get; set; }

    /// <summary>True while somebody may be waiting for <see cref="Aborted"/>, so that it is worth looking for the peer.</summary>
    internal bool IsWatched => _aborted is { IsCancellationRequested: false };

    internal void Clear()
    {
        ClearItems();
        Route = null;
        Failure = null;
        Measured = !_isMonitoring;
        // Drops what earlier requests registered and did not take back.
        _stopping?.TryReset();
        if (_aborted?.TryReset() == false)
        {
            _aborted = null;
        }
    }

    private void ClearItems()
    {
        if (_items?.Capacity > KeptItems)
        {
            _items = null;
        }

        _items?.Clear();
    }
}
