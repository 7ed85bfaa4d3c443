// Owns: everything that lives from a server's start to its stop: listeners, accept loop, heartbeat, connections.
// Does not own: whether it may start (HttpServer), who is let in (Admission), or how a stop waits (Stop).

using System.Buffers;
using System.Net;

namespace TinyHost;

internal sealed class Running : IDisposable
{
    private readonly ObserverGuard _guard;
    private readonly ServerServices _services;
    private readonly Stages _stages;
    private readonly Admission _admission;
    private readonly AcceptLoop _acceptLoop;
    private readonly SocketThreadWatch? _watch;
    private PoolWatchMember? _pool;
    private readonly Stop _stop;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isStopping;
    // What Admission.Serving was at the last tick.
    private Connection? _lastServing;

    private Running(
        ServerOptions options, Func<RequestContext, Task> app, ServerMetrics metrics, TimeProvider time, SocketThreadWatch? watch, ObserverGuard guard,
        Stages stages, List<Listener> listeners, SocketSettings settings)
    {
        _guard = guard;
        _watch = watch;
        _stages = stages;
        EndPoints = listeners.ConvertAll(listener => listener.EndPoint);
        var connections = new ConnectionTable();
        // What is changed later is for the next start.
        var limits = options.Limits.Copy();
        limits.StrictTargets = options.StrictTargets;
        _stop = new Stop(connections, limits, time, guard.Logger);
        _services = new ServerServices(
            app,
            stages,
            limits,
            options.Services ?? NoServices.Instance,
            new Heartbeat(time, Sweep, guard),
            metrics,
            connections,
            new SocketThreads(guard.Logger),
            new StringCache(stages.LiteralPaths),
            ArrayPool<byte>.Shared,
            guard.Logger,
            new HandlerContext(),
            _stop.Begun);
        var gates = new GateSet(limits, Descriptors.LeftAfter(listeners[^1].Socket), guard.Logger);
        _admission = new Admission(_services, listeners.ToDictionary(listener => listener, listener => gates.Add(listener.EndPoint.Port)), settings, _stop.GivenUp);
        stages.ReserveWith(gates.Reserve);
        _acceptLoop = new AcceptLoop(listeners, time, guard, _admission.Admit);
    }

    internal IReadOnlyList<IPEndPoint> EndPoints { get; }

    /// <summary>True from the beginning of a stop on.</summary>
    internal bool IsStopping => _stop.HasBegun;

    /// <summary>Whether the caller is a handler of this server, or work that one started.</summary>
    internal bool IsCalledByHandler => _services.Handlers.IsCurrent;

    /// <summary>Ends when a stop has. Never fails.</summary>
    internal Task Stopped => _stopped.Task;

    /// <summary>
    /// All or nothing: after an exception nothing is bound, no timer or listener is left, and no stage believes it has started.
    /// </summary>
    internal static Running Start(
        ServerOptions options, Func<RequestContext, Task> app, ServerMetrics metrics, TimeProvider time, SocketThreadWatch? watch, ObserverGuard guard)
    {
        var stages = new Stages(guard);
        List<Listener>? listeners = null;
        Running? running = null;
        try
        {
            stages.Find(app);
            var settings = options.SocketSettings();
            listeners = Listener.BindAll(ReadPrefixes(options), settings);
            running = new Running(options, app, metrics, time, watch, guard, stages, listeners, settings);
            running.Begin();
            return running;
        }
        catch
        {
            listeners?.ForEach(listener => listener.Dispose());
            watch?.Dispose();
            running?.Dispose();
            stages.End();
            throw;
        }
    }

    /// <summary>Stops, or joins the stop in progress. The cancellation of any caller's token aborts what is left of it for all of them.</summary>
    internal async Task StopAsync(CancellationToken giveUp)
    {
        using var limit = _stop.Limit(giveUp);
        if (Interlocked.Exchange(ref _isStopping, 1) == 0)
        {
            await StopOnceAsync().ConfigureAwait(false);
        }

        await Stopped.ConfigureAwait(false);
    }

    private async Task StopOnceAsync()
    {
        try
        {
            _stop.Announce();
            await _stop.DrainAsync(_acceptLoop.StopAsync()).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Reported by the guard: what follows gives everything back.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _guard.Failed("The stop of the server", failure);
        }
        finally
        {
            Dispose();
            _stages.End();
            _stopped.SetResult();
        }
    }

    /// <summary>Gives back what a stop, or a start that failed, leaves: the clock, the watch, the place in the metrics.</summary>
    public void Dispose()
    {
        _acceptLoop.Dispose();
        _watch?.Dispose();
        _pool?.Dispose();
        _services.Heartbeat.Dispose();
        _services.Metrics.End(_services.Connections);
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

    private void Begin()
    {
        _stages.Start(EndPoints);
        // Whoever asks a port that answers finds the connections counted.
        _services.Metrics.Begin(_services.Connections);
        _pool = PoolWatch.Shared.Join(_services.Limits.MaxBlockedThreads);
        _services.Heartbeat.Start();
        _admission.ReportUnsetOptions();
        foreach (var endPoint in EndPoints)
        {
            Log.Listening(_guard.Logger, endPoint);
        }

        _acceptLoop.Start();
    }

    private void Sweep(long now)
    {
        _pool!.Tick(_services);
        var serving = _admission.Serving;
        var isKeeperKnown = serving is not null && serving == _lastServing;
        if (isKeeperKnown)
        {
            serving!.ReportBlocking(isKnown: true);
        }

        _lastServing = serving;
        foreach (var connection in _services.Connections.Connections)
        {
            isKeeperKnown |= SweepOne(connection, now);
        }

        if (_watch?.IsOneKept(now) == true && !isKeeperKnown)
        {
            // By what follows an operation of a socket of its own: any handler may be the one that was under way meanwhile.
            foreach (var connection in _services.Connections.Connections)
            {
                connection.ReportBlocking(isKnown: false);
            }
        }
    }

    private bool SweepOne(Connection connection, long now)
    {
        try
        {
            return connection.Sweep(now);
        }
#pragma warning disable CA1031 // Reported by the guard: the others have deadlines as well.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _guard.Failed("The sweep of a connection", failure);
            return false;
        }
    }

    private sealed class NoServices : IServiceProvider
    {
        internal static readonly NoServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
