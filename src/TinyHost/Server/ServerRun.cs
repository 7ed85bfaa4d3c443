// Owns: one run of a server, from its start to its stop: listeners, accept loop, heartbeat, connections.

using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace TinyHost;

internal sealed class ServerRun : IDisposable
{
    private readonly ObserverGuard _guard;
    private readonly ServerServices _services;
    private readonly StageRun _stages;
    private readonly SocketSettings _settings;
    private readonly AcceptLoop _acceptLoop;
    private readonly InlineCompletions? _inline;
    private readonly ServerStop _stop;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConnectionQuotas _quotas;
    private readonly NamedEndPoints _namedEndPoints;
    private readonly List<Listener> _listeners;
    private readonly Action _accept;
    private readonly Reloads _reloads;
    // Null unless a listener has connections that have to be opened.
    private readonly OpenerStart? _openerStart;
    private readonly ServerPulse _pulse;
    private readonly KeptSockets _kept;
    private PoolWatchMember? _poolThreads;

    private ServerRun(
        ServerOptions options, Func<RequestContext, Task> app, ServerMetrics metrics, TimeProvider time, InlineCompletions? inline,
        ObserverGuard guard, StageRun stages, List<Listener> listeners, SocketSettings settings, KeptSockets kept)
    {
        _guard = guard;
        _inline = inline;
        _stages = stages;
        _settings = settings;
        _listeners = listeners;
        _reloads = stages.Reloads;
        _kept = kept;
        EndPoints = listeners.ConvertAll(listener => listener.EndPoint);
        _namedEndPoints = new NamedEndPoints(listeners);
        var connections = new ConnectionTable();
        // Later changes are for the next start.
        var limits = options.Limits.Copy();
        limits.StrictTargets = options.StrictTargets;
        _stop = new ServerStop(connections, limits, options.DrainDelay, time, guard.Logger);
        _services = new ServerServices(
            inline?.CountCalls(app) ?? app,
            stages,
            limits,
            options.Services ?? NoServices.Instance,
            new Heartbeat(time, Sweep, guard),
            metrics,
            connections,
            new BlockedThreads(guard.Logger),
            new StringCache(stages.LiteralPaths),
            ArrayPool<byte>.Shared,
            guard.Logger,
            new HandlerExecutionContext(),
            _stop.Begun);
        UseInPrefixes(limits, null);
        _quotas = new ConnectionQuotas(limits, Descriptors.LeftAfter(listeners), guard.Logger);
        var served = options.IsForMonitoringAlone ? listeners.FindAll(listener => listener.IsMonitoring) : listeners;
        var quotaOf = new Dictionary<Listener, ConnectionQuota>();
        foreach (var listener in served)
        {
            quotaOf.Add(listener, _quotas.Add(listener.StageEndPoint.Port, listener.OwnLimits, listener.Names));
        }

        if (listeners.Exists(listener => listener.Openers is not null))
        {
            connections.Openings = new Openings(_services, inline, _stop.GivenUp);
            _openerStart = new OpenerStart(guard, metrics.Meter, time, _reloads, options.ContentRoot);
        }

        var admission = new Admission(_services, quotaOf, settings.AreInherited ? null : SetOptions, inline, _stop.GivenUp);
        _acceptLoop = new AcceptLoop(served, time, guard, admission.Admit) { RefuseInMemory = options.Network?.CloseAction(listeners) };
        _accept = options.Network?.OpenAction(served, new MemoryAdmission(_services, admission).Admit) ?? _acceptLoop.Start;
        _pulse = new ServerPulse(_services, _acceptLoop, quotaOf, _stop, time, guard);
        stages.Pulse = _pulse;
    }

    internal IReadOnlyList<IPEndPoint> EndPoints { get; }

    internal IReadOnlyList<Listener> Listeners => _listeners;

    internal IServerPulse Pulse => _pulse;

    internal ConnectionTable Connections => _services.Connections;

    /// <summary>The stages that have started.</summary>
    internal IReadOnlyList<Stage> Stages => _stages.Running;

    /// <summary>Where the metrics are.</summary>
    internal IEnumerable<string> MetricsUrls => TinyHost.MetricsUrls.Find(_listeners, _stages.Running);

    /// <summary>True once a stop has begun.</summary>
    internal bool IsStopping => _stop.HasBegun;

    /// <summary>Whether the caller is a handler of this server, or work that one started.</summary>
    internal bool IsCalledByHandler => _services.HandlerExecutionContext.IsCurrent;

    /// <summary>Whether settings come from files that can be loaded again.</summary>
    internal bool CanReload => !_reloads.IsEmpty;

    /// <summary>Completes when a stop has ended. Never fails.</summary>
    internal Task Stopped => _stopped.Task;

    /// <summary>
    /// All or nothing: after an exception nothing is bound, no timer or meter listener is left, and no stage believes that it has started.
    /// </summary>
    internal static ServerRun Start(
        ServerOptions options, Func<RequestContext, Task> app, ServerMetrics metrics, TimeProvider time, InlineCompletions? inline,
        ObserverGuard guard)
    {
        var stages = new StageRun(guard, options.Services);
        List<Listener>? listeners = null;
        ServerRun? run = null;
        try
        {
            stages.Find(app);
            var settings = options.SocketSettings();
            var inherited = options.Inherited();
            var plan = PrefixPlan.Make(options.Prefixes, stages.Found, inherited.MonitoringAt);
            listeners = options.Network?.Listen(plan.Prefixes) ?? Binding.BindAll(plan.Prefixes, settings, inherited);
            run = new ServerRun(options, app, metrics, time, inline, guard, stages, listeners, settings, inherited.Kept);
            run.Begin(plan, options.ReportsUnwantedSockets ? inherited : null, options.ListeningLevel);
            return run;
        }
        catch
        {
            listeners?.ForEach(listener => listener.Dispose());
            inline?.Dispose();
            run?.Dispose();
            stages.End();
            throw;
        }
    }

    /// <summary>
    /// The first end point of the prefix with this name. Throws <see cref="ArgumentException"/> if no prefix has the name.
    /// </summary>
    internal IPEndPoint EndPointOf(string prefix) =>
        _namedEndPoints.Find(prefix) ?? throw new ArgumentException($"'{prefix}': {_namedEndPoints.Missing(prefix)}", nameof(prefix));

    /// <summary>Loads them again.</summary>
    internal void Reload() => _reloads.ReloadAll();

    /// <summary>
    /// Replaces the limits for new connections, and those of prefixes whose settings these are, by their paths. Throws what a change of a
    /// prefix throws, and <see cref="ServerStartException"/>; then the limits stay.
    /// </summary>
    internal void UseLimits(ServerLimits limits, IReadOnlyDictionary<string, PrefixLimits.Settings> ofPrefixes)
    {
        var own = limits.Copy();
        own.StrictTargets = _services.Limits.StrictTargets;
        UseInPrefixes(own, ofPrefixes);
        (_services.Limits, _quotas.Limits, _stop.Limits) = (own, own, own);
    }

    /// <summary>
    /// Stops, or joins the stop in progress and ends its delay. Cancelling any caller's token aborts the remaining requests.
    /// </summary>
    internal async Task StopAsync(CancellationToken giveUp)
    {
        using var registration = _stop.GiveUpOn(giveUp);
        if (_stop.TryBegin())
        {
            await StopOnceAsync().ConfigureAwait(false);
        }
        else
        {
            _stop.CutDelay();
        }

        await Stopped.ConfigureAwait(false);
    }

    /// <summary>
    /// Releases what a stop, or a failed start, leaves: the accept loop, the clock, the places in the watches and in the metrics.
    /// </summary>
    public void Dispose()
    {
        _kept.Closed(_listeners);
        _acceptLoop.Dispose();
        _listeners.ForEach(static listener => listener.Dispose());
        _inline?.Dispose();
        _poolThreads?.Dispose();
        _services.Heartbeat.Dispose();
        _services.Connections.Openings?.StopOpeners();
        _services.Metrics.End(_services.Connections);
    }

    private void Begin(PrefixPlan plan, InheritedSockets? unwanted, LogLevel listeningLevel)
    {
        if (_openerStart is not null)
        {
            _services.Connections.Openings!.StartOpeners(_listeners, _openerStart);
        }

        _stages.Start(_listeners.ConvertAll(static listener => listener.StageEndPoint), _namedEndPoints);
        _stages.ReserveWith(_quotas.Reserve);
        // Before the first connection: a peer that gets an answer finds its connection counted.
        _services.Metrics.Begin(_services.Connections);
        _poolThreads = PoolWatch.Shared.Join(_services.Limits.MaxBlockedThreads);
        _services.Heartbeat.Start();
        LogUnsetOptions();
        plan.Report(_guard.Logger);
        if (_guard.Logger.IsEnabled(listeningLevel))
        {
            _listeners.ForEach(listener => ListenerLog.Report(listener, _guard.Logger, listeningLevel));
        }

        unwanted?.ReportUnwanted(_guard.Logger);
        _kept.Opened(_listeners, _guard.Logger, _accept);
    }

    // All or none.
    private void UseInPrefixes(ServerLimits server, IReadOnlyDictionary<string, PrefixLimits.Settings>? settings)
    {
        var own = _listeners.ConvertAll(listener => listener.DeriveLimits(server, settings));
        for (var i = 0; i < own.Count; i++)
        {
            _listeners[i].OwnLimits?.Use(own[i]!);
        }
    }

    private void SetOptions(Socket accepted)
    {
        _settings.SetAccepted(accepted);
        LogUnsetOptions();
    }

    private void LogUnsetOptions()
    {
        if (_settings.TakeFailures() is { } failures)
        {
            Log.SocketOptionsNotSet(_guard.Logger, failures);
        }
    }

    private async Task StopOnceAsync()
    {
        try
        {
            await _stop.RunAsync(_acceptLoop, _kept.IsHandedOver).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Reported by the guard: everything is released all the same.
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

    /// <summary>The heartbeat ticks.</summary>
    private void Sweep(long now)
    {
        _poolThreads!.Tick(_services);
        foreach (var connection in _services.Connections.Connections)
        {
            Sweep(connection, now);
        }

        _services.Connections.Openings?.Sweep(now);
        _reloads.Tick();
        _pulse.Tick(now);
        _inline?.ReportBlockedThreads(now, _services.Connections.Connections);
        _services.BlockedThreads.LogReported();
    }

    private void Sweep(Connection connection, long now)
    {
        try
        {
            connection.Sweep(now);
        }
#pragma warning disable CA1031 // Reported by the guard: the other connections have deadlines as well.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _guard.Failed("The sweep of a connection", failure);
        }
    }

    private sealed class NoServices : IServiceProvider
    {
        internal static readonly NoServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
