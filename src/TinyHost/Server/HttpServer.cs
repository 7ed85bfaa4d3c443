// Owns: when a server may start and stop, and which call waits for which. ServerRun is what lives in between.

using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// An HTTP/1.1 server over sockets: <c>await using var server = new HttpServer("http://+:8080/", app); await server.StartAsync();</c>.
/// A stopped server can be started again. Disposing it closes every connection at once; <see cref="StopAsync"/> lets requests finish.
/// </summary>
public sealed class HttpServer : IAsyncDisposable
{
    private readonly ServerOptions _options;
    private readonly Func<RequestContext, Task> _app;
    private readonly ObserverGuard _guard;
    // Held during a start. Never disposed: it holds no wait handle, and a stop may follow the disposal.
    private readonly SemaphoreSlim _starting = new(1, 1);
    // One for all runs: a counter continues where the last run left it.
    private ServerMetrics? _metrics;
    private volatile ServerRun? _run;
    private volatile bool _disposed;
    private int _areStagesNotified;

    /// <summary>
    /// A server for <paramref name="app"/>, not started, with default options but for <paramref name="prefixes"/>: what to listen on, such
    /// as <c>http://+:8080/</c>; several with semicolons between them.
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

    /// <summary>
    /// The addresses and ports listened on, port 0 replaced by the one the system chose, and a <see cref="UnixEndPoint"/> for each Unix
    /// socket; empty while the server is not running.
    /// </summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _run is { IsStopping: false } run ? run.EndPoints : [];

    /// <summary>Whether the server lives, for a watchdog; null while it is not running.</summary>
    internal IServerPulse? Pulse => _run?.Pulse;

    /// <summary>The open connections; null while the server is not running.</summary>
    internal ConnectionTable? Connections => _run?.Connections;

    /// <summary>The stages that have started; empty while the server is not running.</summary>
    internal IReadOnlyList<Stage> Stages => _run?.Stages ?? [];

    /// <summary>The run, for a summary of it; null while the server is not running.</summary>
    internal ServerRun? Run => _run;

    /// <summary>Where the metrics are, on ports of their own; empty while the server is not running.</summary>
    internal IEnumerable<string> MetricsUrls => _run?.MetricsUrls ?? [];

    /// <summary>Whether a stop keeps accepting for a while.</summary>
    internal bool HasDrainDelay => _options.DrainDelay > TimeSpan.Zero;

    /// <summary>Whether the running server has settings from files that can be loaded again.</summary>
    internal bool CanReload => _run is { CanReload: true };

    /// <summary>
    /// The first of the <see cref="EndPoints"/> that belongs to the prefix with this name (<see cref="ServerOptions.Prefixes"/>). Throws
    /// <see cref="InvalidOperationException"/> while the server is not running, and <see cref="ArgumentException"/> if no prefix has the
    /// name.
    /// </summary>
    public IPEndPoint EndPointOf(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return _run is { IsStopping: false } run
            ? run.EndPointOf(prefix)
            : throw new InvalidOperationException("The server is not running, so its prefixes have no end points.");
    }

    /// <summary>
    /// Binds all prefixes or none, and begins to accept connections. Waits for a stop in progress first. Throws
    /// <see cref="ServerStartException"/>, whose message is one sentence, when a prefix is invalid or cannot be bound;
    /// <see cref="InvalidOperationException"/> when the server is running; <see cref="ObjectDisposedException"/> when it has been disposed;
    /// and whatever a stage throws. After an exception nothing is bound, and the server may be started again.
    /// </summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        while (!await TryStartAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_run is { } stopping)
            {
                await stopping.Stopped.WaitAsync(cancellationToken).ConfigureAwait(false);
                Interlocked.CompareExchange(ref _run, null, stopping);
            }
        }
    }

    /// <summary>
    /// Keeps accepting for <see cref="ServerOptions.DrainDelay"/>, which another call ends; then stops listening, closes idle connections,
    /// and waits for requests in progress to finish; open streams have <see cref="ServerLimits.StreamGrace"/>. When
    /// <paramref name="cancellationToken"/> is cancelled, or the token of another call that waits for the same stop, the remaining requests
    /// are aborted, and their handlers have 5 seconds to end. A call by a handler of this server, or by work that one started, begins the
    /// stop and returns, because the stop waits for that handler. Does nothing while the server is not running.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        // Stopping must go through even when there is no time left for it.
        await _starting.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        var run = _run;
        _starting.Release();
        if (run is not null)
        {
            var stopped = EndAsync(run, cancellationToken);
            if (!run.IsCalledByHandler)
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
        NotifyUnstartedStages();
        _metrics?.Dispose();
    }

    /// <summary>Loads them again, changed or not.</summary>
    internal void Reload() => _run?.Reload();

    /// <summary>See <see cref="ServerRun.UseLimits"/>.</summary>
    internal void UseLimits(ServerLimits limits, IReadOnlyDictionary<string, PrefixLimits.Settings> ofPrefixes) =>
        _run?.UseLimits(limits, ofPrefixes);

    private async Task EndAsync(ServerRun run, CancellationToken giveUp)
    {
        await run.StopAsync(giveUp).ConfigureAwait(false);
        Interlocked.CompareExchange(ref _run, null, run);
    }

    /// <summary>False when the last run is still stopping.</summary>
    private async Task<bool> TryStartAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_disposed)
            {
                throw new ObjectDisposedException(nameof(HttpServer), "The server has been disposed and cannot be started again.");
            }

            if (_run is { } run)
            {
                return run.IsStopping ? false : throw new InvalidOperationException("The server is running already.");
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
        // Before any other socket of the server waits.
        var inline = _options is { InlineCompletions: true, Network: null }
            ? await InlineCompletions.TryTurnOnAsync(time, _guard.Logger).ConfigureAwait(false)
            : null;
        var metrics = _metrics ?? new ServerMetrics(FindMeterFactory(), _guard);
        _areStagesNotified = 1;
        try
        {
            _run = ServerRun.Start(_options, _app, metrics, time, inline, _guard);
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

    // A start notifies the stages itself, even if it fails.
    private void NotifyUnstartedStages()
    {
        if (Interlocked.Exchange(ref _areStagesNotified, 1) == 0)
        {
            var stages = new StageRun(_guard);
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
}
