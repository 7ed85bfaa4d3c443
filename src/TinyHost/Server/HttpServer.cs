// Owns: a server's start and stop: bind, accept, drain, abort.
// Does not own: serving a connection (Connection), or the application's life (Hosting).

using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace TinyHost;

/// <summary>
/// An HTTP/1.1 server over sockets: <c>await using var server = new HttpServer(options, app); await server.StartAsync();</c>.
/// It can be started again after it was stopped. Disposing it closes every connection at once; <see cref="StopAsync"/> lets requests finish.
/// </summary>
public sealed class HttpServer : IAsyncDisposable
{
    private readonly ServerOptions _options;
    private readonly Func<RequestContext, Task> _app;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _startOrStop = new(1, 1);
    // One for all starts: a counter goes on where the last run left it.
    private ServerMetrics? _metrics;
    private volatile Running? _running;
    private bool _disposed;

    /// <summary>A server for <paramref name="app"/>, not started.</summary>
    public HttpServer(ServerOptions options, Func<RequestContext, Task> app)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(app);
        _options = options;
        _app = app;
        var loggers = options.LoggerFactory ?? (ILoggerFactory?)options.Services?.GetService(typeof(ILoggerFactory));
        _logger = new ServingLogger((loggers ?? NullLoggerFactory.Instance).CreateLogger("TinyHost.HttpServer"));
    }

    /// <summary>The addresses and ports listened on, port 0 replaced by the one the system chose; empty while the server is not running.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _running?.EndPoints ?? [];

    /// <summary>
    /// Binds every prefix, or none, and begins to accept. Throws <see cref="ServerStartException"/> with one sentence when that
    /// is not possible, and <see cref="InvalidOperationException"/> when the server is running.
    /// </summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await _startOrStop.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_running is not null)
            {
                throw new InvalidOperationException("The server is running already.");
            }

            var watch = _options.InlineCompletions ? await TurnOnInlineCompletionsAsync().ConfigureAwait(false) : null;
            _metrics ??= new ServerMetrics((IMeterFactory?)_options.Services?.GetService(typeof(IMeterFactory)), () => _running?.Connections);
            _running = Running.Start(_options, _app, _metrics, watch, _logger);
        }
        finally
        {
            _startOrStop.Release();
        }
    }

    /// <summary>
    /// Stops listening, closes idle connections, and waits for requests under way to finish. When <paramref name="cancellationToken"/>
    /// is cancelled, those that have not are aborted.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        // Stopping must go through even when there is no time left for it.
        await _startOrStop.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_running is { } running)
            {
                _running = null;
                await running.StopAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _startOrStop.Release();
        }
    }

    /// <summary>Stops at once: requests under way are aborted.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
            _disposed = true;
            _metrics?.Dispose();
            _startOrStop.Dispose();
        }
    }

    // Before any other socket of the server waits. Returns a watch over the threads that handlers run on then.
    private async Task<SocketThreadWatch?> TurnOnInlineCompletionsAsync()
    {
        try
        {
            if (await InlineCompletions.TryTurnOnAsync(_options.TimeProvider).ConfigureAwait(false))
            {
                Log.CompletionsInline(_logger);
                return new SocketThreadWatch();
            }

            Log.CompletionsNotInline(_logger);
        }
        catch (SocketException exception)
        {
            Log.CompletionsNotSeen(_logger, exception.Message);
        }

        return null;
    }
}
