// Owns: the stages of one server run: which have started, and telling each of its start and its end, whatever the others throw.

using System.Net;

namespace TinyHost;

/// <summary>Made for each start of a server. Starts stages once, in order; each stage is later ended exactly once.</summary>
internal sealed class StageRun(ObserverGuard guard, IServiceProvider? services = null)
{
    private readonly Lock _gate = new();
    // In the order of their start; those with an index below _started have started.
    private readonly List<Stage> _found = [];
    private int _started;
    // The stages that have started. Replaced, never changed: requests read it without the lock.
    private volatile Stage[] _running = [];
    private Action<Stage> _reserve = _ => { };
    private IReadOnlyList<IPEndPoint> _endPoints = [];
    private NamedEndPoints _prefixes = new([]);
    private bool _isOver;

    /// <summary>Tells the stages of a request that the server has answered without the chain; null if none wants to know.</summary>
    internal Action<RefusedRequest>? Refused { get; private set; }

    /// <summary>What the server tells about its own life; null for a connection without a server.</summary>
    internal IServerPulse? Pulse { get; set; }

    /// <summary>Loads the files of the stages, and of the server, again.</summary>
    internal Reloads Reloads { get; } = new(guard);

    /// <summary>The stages found so far, outermost first.</summary>
    internal IReadOnlyList<Stage> Found => _found;

    /// <summary>The stages that have started. The list never changes.</summary>
    internal IReadOnlyList<Stage> Running => _running;

    /// <summary>The paths that the stages found so far compare with.</summary>
    internal List<string> LiteralPaths => [.. _found.SelectMany(stage => stage.LiteralPaths)];

    /// <summary>The stage that a handler converts from, and all stages behind it, outermost first.</summary>
    internal static List<Stage> FindAll(Func<RequestContext, Task> handler)
    {
        var found = new List<Stage>();
        AddTo(found, handler);
        return found;
    }

    /// <summary>Finds the stages behind the handler a server was given.</summary>
    internal void Find(Func<RequestContext, Task> app) => _found.AddRange(FindAll(app));

    /// <summary>
    /// Calls <paramref name="reserve"/> for each port that serves monitoring alone: now for the stages found, later for those started
    /// late.
    /// </summary>
    internal void ReserveWith(Action<Stage> reserve)
    {
        _reserve = reserve;
        ReserveFor(0);
    }

    /// <summary>Starts the stages found. After an exception, <see cref="End"/> tells each stage what happened.</summary>
    internal void Start(IReadOnlyList<IPEndPoint> endPoints, NamedEndPoints? prefixes = null)
    {
        lock (_gate)
        {
            _endPoints = endPoints;
            _prefixes = prefixes ?? _prefixes;
            StartFound();
        }
    }

    /// <summary>
    /// Starts a stage that the server could not see when it started, and the stages behind it. All or nothing; throws
    /// <see cref="InvalidOperationException"/> when one cannot start.
    /// </summary>
    internal void EnsureStarted(Stage stage)
    {
        if (!HasStarted(stage))
        {
            StartLate(stage);
        }
    }

    /// <summary>The server has stopped or failed to start: tells each stage which.</summary>
    internal void End()
    {
        lock (_gate)
        {
            _isOver = true;
            EndFrom(0);
        }
    }

    private static void AddTo(List<Stage> found, Func<RequestContext, Task> handler)
    {
        if (handler.Target is Stage stage && !found.Contains(stage))
        {
            found.Add(stage);
            foreach (var inner in stage.Handlers)
            {
                AddTo(found, inner);
            }
        }
    }

    private bool HasStarted(Stage stage) => Array.IndexOf(_running, stage) >= 0;

    private void StartLate(Stage hidden)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                throw new InvalidOperationException($"The stage {hidden.GetType()} got a request of a server that has stopped.");
            }

            if (HasStarted(hidden))
            {
                return;
            }

            var first = _found.Count;
            _found.AddRange(FindAll(hidden).Where(stage => !HasStarted(stage)));
            try
            {
                StartFound();
                ReserveFor(first);
            }
            catch (Exception failure)
            {
                EndFrom(first);
                throw new InvalidOperationException(
                    $"The stage {hidden.GetType()} failed to start: {failure.Message} " +
                    "(It started with its first request because a lambda hides it from the server. " +
                    "To find this when the server starts, pass the stage itself to the pipeline or the server.)",
                    failure);
            }
        }
    }

    private void StartFound()
    {
        for (; _started < _found.Count; _started++)
        {
            var stage = _found[_started];
            if (stage.ServedPrefix is { } name)
            {
                _prefixes.ThrowUnlessKnown(name);
            }

            stage.Starting(_endPoints, services);
            Reloads.AddAll(stage.ReloadedFiles);
            _running = [.. _running, stage];
            Refused += stage.RefusalObserver;
            stage.BeginRun(this);
        }
    }

    private void ReserveFor(int first)
    {
        foreach (var stage in _found.Skip(first))
        {
            if (stage.MonitoringPort is not null || stage.MonitoringPrefix is not null)
            {
                _reserve(stage);
            }
        }
    }

    private void EndFrom(int first)
    {
        for (var i = first; i < _found.Count; i++)
        {
            var stage = _found[i];
            if (i < _started)
            {
                _running = Array.FindAll(_running, other => other != stage);
                Refused -= stage.RefusalObserver;
                stage.EndRun(this);
                Reloads.RemoveAll(stage.ReloadedFiles);
                guard.Run($"Stopping stage {stage.GetType()}", stage, static stage => stage.Stopped());
            }
            else
            {
                guard.Run($"Releasing stage {stage.GetType()}, which has not started,", stage, static stage => stage.NotStarted());
            }
        }

        _found.RemoveRange(first, _found.Count - first);
        _started = Math.Min(_started, first);
    }
}
