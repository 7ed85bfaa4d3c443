// Owns: what one request's way through the chain carries.
// Does not own: reading or writing the connection. One context serves all requests of its connection, one after the other.

namespace TinyHost;

/// <summary>
/// One request, its response and its connection. Every stage and handler is a <c>Func&lt;RequestContext, Task&gt;</c>.
/// The context belongs to the handler until the handler's task ends; it is then reused for the connection's next request,
/// so nothing of it may be kept or touched afterwards.
/// </summary>
public sealed class RequestContext
{
    private readonly Transport _transport;
    private readonly ContentReader _content;
    private readonly ResponseWriter _writer;
    private readonly bool _isMonitoring;
    private Dictionary<object, object?>? _items;
    // Never disposed: it holds neither timer nor wait handle, and the heartbeat may cancel it while the connection ends.
    private CancellationTokenSource? _aborted;
    private volatile bool _isAborted;

    internal RequestContext(
        Request request, ResponseWriter response, ContentReader content, ConnectionInfo connection, IServiceProvider services, Transport transport, bool isMonitoring)
    {
        Request = request;
        Response = new Response(response);
        Connection = connection;
        Services = services;
        _transport = transport;
        _content = content;
        _writer = response;
        _isMonitoring = isMonitoring;
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
    /// Cancelled when the peer has reset the connection (noticed within a second or two) or the server gives up waiting for the request
    /// while it stops. A peer that merely finished sending (half-close, RFC 9112 §9.6) still waits for its answer, so that cancels nothing.
    /// </summary>
    public CancellationToken Aborted
    {
        get
        {
            if (_aborted is null)
            {
                Interlocked.CompareExchange(ref _aborted, new CancellationTokenSource(), null);
                if (_isAborted)
                {
                    _aborted.Cancel();
                }
            }

            return _aborted.Token;
        }
    }

    /// <summary>Things that stages pass on to later stages of the same request. Empty at the start of each request.</summary>
    public IDictionary<object, object?> Items => _items ??= [];

    /// <summary>The template of the route that took the request, such as <c>/users/{id}</c>; null before or without one. It becomes the <c>http.route</c> attribute.</summary>
    public string? Route { get; set; }

    /// <summary>
    /// Whether the request counts in the <c>http.server.*</c> instruments. Default true, but on a port that is for monitoring alone
    /// (<see cref="IStage.MonitoringPort"/>). A stage that answers monitoring (a scrape, a probe) on another sets it to false before it does
    /// anything else.
    /// </summary>
    public bool Measured { get; set; }

    /// <summary>
    /// Answers 101 (Switching Protocols) with the fields set so far, and hands the connection over (RFC 9110 §7.8): the stream returned is
    /// the handler's until it ends; then the connection is closed. A 100 (Continue) that the request expects goes first. Throws
    /// <see cref="InvalidOperationException"/> when the request did not ask for <paramref name="protocol"/>, has content that was not read or
    /// was refused, or has been answered; and <see cref="IOException"/> when the peer is gone. <see cref="Aborted"/> fires when the server gives up waiting while it stops.
    /// </summary>
    public async ValueTask<Stream> UpgradeAsync(string protocol)
    {
        ArgumentNullException.ThrowIfNull(protocol);
        if (!Request.Upgrades(protocol))
        {
            throw new InvalidOperationException($"The request does not ask to switch to '{protocol}'.");
        }

        if (!Request.Body.IsAtEnd || _content.Rejection != RejectReason.None || Response.HasStarted || Response.BytesWritten > 0)
        {
            throw new InvalidOperationException("Only a request whose content is read and whose response is untouched can switch protocols.");
        }

        await _writer.UpgradeAsync(protocol, isContinueDue: Request.ExpectsContinue && !_content.HasContinued).ConfigureAwait(false);
        return new UpgradedStream(_transport, _content, _writer);
    }

    /// <summary>
    /// Closes the connection at once, so that the peer sees an error: what is left when a response has begun and cannot be finished.
    /// </summary>
    public void Abort()
    {
        _isAborted = true;
        _transport.Abort();
        // Callbacks run elsewhere: whoever aborts must not wait for them, nor see their exceptions.
        _ = _aborted?.CancelAsync();
    }

    internal bool IsAborted => _isAborted;

    /// <summary>What the handler threw, when a stage has answered for it.</summary>
    internal Exception? Failure { get; set; }

    /// <summary>True while somebody may be waiting for <see cref="Aborted"/>, so that it is worth looking for the peer.</summary>
    internal bool IsWatched => _aborted is { IsCancellationRequested: false };

    internal void Clear()
    {
        _items?.Clear();
        Route = null;
        Failure = null;
        Measured = !_isMonitoring;
        // Drops what earlier requests registered and did not take back.
        if (_aborted?.TryReset() == false)
        {
            _isAborted = true;
        }
    }
}
