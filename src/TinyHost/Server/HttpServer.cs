// Owns: a server's start and stop: when it may do which, and who waits for whom.
// Does not own: what lives in between (Running), serving a connection (Connection), or the application's life (Hosting).

using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// An HTTP/1.1 server over sockets: <c>await using var server = new HttpServer("http://+:8080/", app); await server.StartAsync();</c>.
/// It can be started again after it was stopped. Disposing it closes every connection at once; <see cref="StopAsync"/> lets requests finish.
/// </summary>
public sealed class HttpServer : IAsyncDisposable
{
    private readonly ServerOptions _options;
    private readonly Func<RequestContext, Task> _app;
    private readonly ObserverGuard _guard;
    // Held during a start alone. Never disposed: it holds no wait handle, and a stop may come after the disposal.
    private readonly SemaphoreSlim _starting = new(1, 1);
    // One for all runs: a counter goes on where the last run left it.
    private ServerMetrics? _metrics;
    private volatile Running? _running;
    private volatile bool _disposed;
    private int _stagesTold;

    /// <summary>
    /// A server for <paramref name="app"/>, not started, with default options but for <paramref name="prefixes"/>: what to listen on, such as
    /// <c>http://+:8080/</c>; several with semicolons between them.
    /// </summary>
    public HttpServer(string prefixes, Func<RequestContext, Task> app)
        : this(OptionsWith(prefixes), app)
    {
    }

    /// <summary>A server for <paramref name="app"/>, not started.</summary>
    public HttpServer(ServerOptions options, Func<RequestContext, Task> app)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(app);
        _options = options;
        _app = app;
        _guard = ObserverGuard.Create(
            () => options.LoggerFactory ?? (ILoggerFactory?)options.Services?.GetService(typeof(ILoggerFactory)), "TinyHost.HttpServer");
    }

    /// <summary>The addresses and ports listened on, port 0 replaced by the one the system chose; empty while the server is not running.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _running is { IsStopping: false } running ? running.EndPoints : [];

    /// <summary>
    /// Binds every prefix, or none, and begins to accept. A stop in progress is waited for first. Throws <see cref="ServerStartException"/> with
    /// one sentence when that is not possible, <see cref="InvalidOperationException"/> when the server is running, and
    /// <see cref="ObjectDisposedException"/> when it has been disposed. What a stage throws fails the start and is thrown on. After an exception
    /// nothing is bound, and the server may be started again.
    /// </summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        while (!await TryStartAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_running is { } stopping)
            {
                await stopping.Stopped.WaitAsync(cancellationToken).ConfigureAwait(false);
                Interlocked.CompareExchange(ref _running, null, stopping);
            }
        }
    }

    /// <summary>
    /// Stops listening, closes idle connections, and waits for requests in progress to finish. Streams that are open have
    /// <see cref="ServerLimits.StreamGrace"/>. When <paramref name="cancellationToken"/> is cancelled, or that of another call that waits for
    /// the same stop, requests that have not finished are aborted; their handlers then have 5 seconds to end.
    /// Called by a handler of this server, or by work that one started, it begins the stop and returns: the stop waits for that handler.
    /// Does nothing while the server is not running.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        // Stopping must go through even when there is no time left for it.
        await _starting.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        var running = _running;
        _starting.Release();
        if (running is not null)
        {
            var stopped = EndAsync(running, cancellationToken);
            if (!running.IsCalledByHandler)
            {
                await stopped.ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Stops at once: requests in progress are aborted, and their handlers have 5 seconds to end. The server cannot be started again.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        ReleaseUnstarted();
        _metrics?.Dispose();
    }

    private async Task EndAsync(Running running, CancellationToken giveUp)
    {
        await running.StopAsync(giveUp).ConfigureAwait(false);
        Interlocked.CompareExchange(ref _running, null, running);
    }

    /// <summary>False when another run is still stopping.</summary>
    private async Task<bool> TryStartAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_disposed)
            {
                throw new ObjectDisposedException(nameof(HttpServer), "The server has been disposed and cannot be started again.");
            }

            if (_running is { } running)
            {
                return running.IsStopping ? false : throw new InvalidOperationException("The server is running already.");
            }

            await StartOnceAsync().ConfigureAwait(false);
            return true;
        }
        finally
        {
            _starting.Release();
        }
    }

    private async Task StartOnceAsync()
    {
        var time = GuardedTime.Around(_options.TimeProvider, _guard);
        var watch = _options.InlineCompletions ? await TurnOnInlineCompletionsAsync(time).ConfigureAwait(false) : null;
        var metrics = _metrics ?? new ServerMetrics(FindMeterFactory(), _guard);
        _stagesTold = 1;
        try
        {
            _running = Running.Start(_options, _app, metrics, time, watch, _guard);
            _metrics = metrics;
        }
        catch when (_metrics is null)
        {
            // A server that never ran keeps no meter.
            metrics.Dispose();
            throw;
        }
    }

    private static ServerOptions OptionsWith(string prefixes)
    {
        ArgumentNullException.ThrowIfNull(prefixes);
        var options = new ServerOptions();
        foreach (var prefix in prefixes.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            options.Prefixes.Add(prefix);
        }

        return options;
    }

    // A start, failed or not, tells the stages itself.
    private void ReleaseUnstarted()
    {
        if (Interlocked.Exchange(ref _stagesTold, 1) == 0)
        {
            var stages = new Stages(_guard);
            stages.Find(_app);
            stages.End();
        }
    }

    private IMeterFactory? FindMeterFactory()
    {
        try
        {
            return (IMeterFactory?)_options.Services?.GetService(typeof(IMeterFactory));
        }
#pragma warning disable CA1031 // Reported by the guard: a server without its factory's meter still serves.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _guard.Failed("The meter factory", failure);
            return null;
        }
    }

    // Before any other socket of the server waits. Returns a watch over the threads that handlers run on then.
    private async Task<SocketThreadWatch?> TurnOnInlineCompletionsAsync(TimeProvider time)
    {
        try
        {
            if (await InlineCompletions.TryTurnOnAsync(time).ConfigureAwait(false))
            {
                Log.CompletionsInline(_guard.Logger);
                return new SocketThreadWatch();
            }

            Log.CompletionsNotInline(_guard.Logger);
        }
        catch (SocketException exception)
        {
            Log.CompletionsNotSeen(_guard.Logger, exception.Message);
        }

        return null;
    }
}
