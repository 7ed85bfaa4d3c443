// Owns: everything that lives from a server's start to its stop: listeners, accept loop, heartbeat, connections.
// Does not own: whether it may start (HttpServer).

using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace TinyHost;

internal sealed class Running : IDisposable
{
    private readonly ILogger _logger;
    private readonly List<Listener> _listeners;
    private readonly SocketSettings _settings;
    private readonly List<IStage> _stages;
    private readonly ServerServices _services;
    private readonly Dictionary<Listener, Gate> _gates;
    private readonly AcceptLoop _acceptLoop;
    private readonly SocketThreadWatch? _watch;
    private PoolWatchMember? _pool;
    // Over all servers and starts: a number in the log means one connection.
    private static long s_lastId;
    private long _lastTurnedAway = -1;
    // The connection whose first turn the accept loop's thread takes, and what that was at the last tick.
    private volatile Connection? _serving;
    private Connection? _lastServing;

    private Running(
        ServerOptions options,
        Func<RequestContext, Task> app,
        ServerMetrics metrics,
        SocketThreadWatch? watch,
        ILogger logger,
        List<Listener> listeners,
        SocketSettings settings)
    {
        _logger = logger;
        _settings = settings;
        _watch = watch;
        _listeners = listeners;
        _stages = StageSearch.Find(app);
        EndPoints = listeners.ConvertAll(listener => listener.EndPoint);
        var connections = new ConnectionTable();
        // What is changed later is for the next start.
        var limits = options.Limits.Copy();
        limits.StrictTargets = options.StrictTargets;
        _services = new ServerServices(
            app,
            limits,
            options.Services ?? NoServices.Instance,
            new Heartbeat(options.TimeProvider, Sweep),
            metrics,
            connections,
            new SocketThreads(logger),
            new StringCache(),
            ArrayPool<byte>.Shared,
            logger);
        _gates = Gate.For(listeners, limits, MonitoringPorts(_stages), Descriptors.LeftAfter(listeners[^1].Socket), logger);
        _acceptLoop = new AcceptLoop(listeners, options.TimeProvider, logger, Accepted);
    }

    internal IReadOnlyList<IPEndPoint> EndPoints { get; }

    internal ConnectionTable Connections => _services.Connections;

    /// <summary>All or nothing: after an exception nothing is bound and no stage believes it has started.</summary>
    internal static Running Start(
        ServerOptions options, Func<RequestContext, Task> app, ServerMetrics metrics, SocketThreadWatch? watch, ILogger logger)
    {
        try
        {
            var settings = options.SocketSettings();
            var running = new Running(options, app, metrics, watch, logger, Listener.BindAll(ReadPrefixes(options), settings), settings);
            running.Begin();
            return running;
        }
        catch
        {
            watch?.Dispose();
            throw;
        }
    }

    internal async Task StopAsync(CancellationToken giveUp)
    {
        await _acceptLoop.StopAsync().ConfigureAwait(false);
        var connections = _services.Connections;
        var finished = connections.CloseAsync();
        try
        {
            await finished.WaitAsync(giveUp).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            var unfinished = 0;
            foreach (var connection in connections.Connections)
            {
                unfinished += connection.Abort() ? 1 : 0;
            }

            if (unfinished > 0)
            {
                Log.RequestsCutOff(_logger, unfinished);
            }
        }

        Dispose();
    }

    /// <summary>Ends what a stop leaves: the clock and the stages.</summary>
    public void Dispose()
    {
        _services.Heartbeat.Dispose();
        _acceptLoop.Dispose();
        _watch?.Dispose();
        _pool?.Dispose();
        _stages.ForEach(stage => stage.Stopped());
    }

    private static Prefix[] ReadPrefixes(ServerOptions options)
    {
        if (options.Prefixes.Count == 0)
        {
            throw new ServerStartException("Nothing to listen on: set at least one prefix, such as http://+:8080/ (TinyHost:Prefixes).");
        }

        try
        {
            var prefixes = new Prefix[options.Prefixes.Count];
            for (var i = 0; i < prefixes.Length; i++)
            {
                prefixes[i] = Prefix.Parse(options.Prefixes[i]);
            }

            return prefixes;
        }
        catch (FormatException e)
        {
            throw new ServerStartException($"Cannot start: {e.Message}", e);
        }
    }

    private static List<int> MonitoringPorts(List<IStage> stages)
    {
        var ports = new List<int>();
        foreach (var stage in stages)
        {
            if (stage.MonitoringPort is { } port)
            {
                ports.Add(port);
            }
        }

        return ports;
    }

    private void Begin()
    {
        var started = 0;
        try
        {
            for (; started < _stages.Count; started++)
            {
                _stages[started].Starting(EndPoints);
            }
        }
        catch
        {
            _stages.RemoveRange(started, _stages.Count - started);
            _listeners.ForEach(listener => listener.Dispose());
            Dispose();
            throw;
        }

        _pool = PoolWatch.Shared.Join(_services.Limits.MaxBlockedThreads);
        _services.Heartbeat.Start();
        ReportUnsetOptions();
        _acceptLoop.Start();
        foreach (var endPoint in EndPoints)
        {
            Log.Listening(_logger, endPoint);
        }
    }

    private void ReportUnsetOptions()
    {
        if (_settings.TakeFailures() is { } failures)
        {
            Log.SocketOptionsNotSet(_logger, failures);
        }
    }

    private void Sweep(long now)
    {
        _pool!.Tick(_services);
        var serving = _serving;
        var isKeeperKnown = serving is not null && serving == _lastServing;
        if (isKeeperKnown)
        {
            serving!.TellOfBlocking(isKnown: true);
        }

        _lastServing = serving;
        foreach (var connection in _services.Connections.Connections)
        {
            isKeeperKnown |= connection.Sweep(now);
        }

        if (_watch?.IsOneKept(now) == true && !isKeeperKnown)
        {
            // By what follows an operation of a socket of its own: any handler may be the one that was under way meanwhile.
            foreach (var connection in _services.Connections.Connections)
            {
                connection.TellOfBlocking(isKnown: false);
            }
        }
    }

    private void Accepted(Socket socket, Listener listener)
    {
        if (ReadEnds(socket, listener) is not { } info)
        {
            socket.Dispose();
            return;
        }

        _services.Metrics.ConnectionAccepted();
        var gate = _gates[listener];
        if (!gate.TryEnter(Descriptors.LeftAfter(socket), out var whyNot))
        {
            TurnAway(info, whyNot!);
            socket.Dispose();
            return;
        }

        var connection = new Connection(_services, new SocketTransport(socket), info, listener.BasePathsAt(info.LocalEndPoint.Address), gate);
        _services.Connections.Add(connection);
        if (Thread.CurrentThread.IsThreadPoolThread)
        {
            // A handler that blocks must not keep the loop from accepting.
            ThreadPool.UnsafeQueueUserWorkItem(connection, preferLocal: false);
            return;
        }

        // Completions inline: no handler may block, and the way to another thread would cost more than most requests do.
        _serving = connection;
        _ = connection.ServeAsync();
        _serving = null;
    }

    // A flood must not become a flood of log lines: the counter has them all.
    private void TurnAway(ConnectionInfo info, string why)
    {
        _services.Metrics.ConnectionRejected(why);
        var now = _services.Heartbeat.Now;
        if (now != _lastTurnedAway)
        {
            _lastTurnedAway = now;
            Log.ConnectionTurnedAway(_logger, info.RemoteEndPoint, _services.Connections.Count, why);
        }
    }

    private ConnectionInfo? ReadEnds(Socket socket, Listener listener)
    {
        try
        {
            _settings.SetAccepted(socket);
            ReportUnsetOptions();
            return new ConnectionInfo(Interlocked.Increment(ref s_lastId), ReadEnd(socket.LocalEndPoint, listener), ReadEnd(socket.RemoteEndPoint, listener));
        }
        catch (SocketException)
        {
            // Gone before it was looked at.
            return null;
        }
    }

    private static IPEndPoint ReadEnd(EndPoint? end, Listener listener)
    {
        var ip = end as IPEndPoint ?? listener.EndPoint;
        return ip.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(ip.Address.MapToIPv4(), ip.Port) : ip;
    }

    private sealed class NoServices : IServiceProvider
    {
        internal static readonly NoServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
