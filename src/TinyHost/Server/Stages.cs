// Owns: telling the stages of a chain of their server's life, each as often as it must know, whatever they throw.
// Does not own: finding them (StageSearch), or what they do (IStage).

using System.Net;

namespace TinyHost;

/// <summary>The stages of one start of a server. Only <see cref="Find"/> and <see cref="Start"/> throw: they fail the start.</summary>
internal sealed class Stages(ObserverGuard guard)
{
    private readonly List<IStage> _found = [];
    private int _started;

    /// <summary>The ports that serve monitoring alone.</summary>
    internal List<int> MonitoringPorts { get; } = [];

    /// <summary>The paths that the stages name.</summary>
    internal List<string> LiteralPaths => StageSearch.LiteralPaths(_found);

    /// <summary>Finds the stages behind the delegate a server was given.</summary>
    internal void Find(Func<RequestContext, Task> app)
    {
        StageSearch.AddTo(_found, app);
        foreach (var stage in _found)
        {
            if (stage.MonitoringPort is { } port)
            {
                MonitoringPorts.Add(port);
            }
        }
    }

    internal void Start(IReadOnlyList<IPEndPoint> endPoints)
    {
        for (; _started < _found.Count; _started++)
        {
            _found[_started].Starting(endPoints);
        }
    }

    /// <summary>The server has stopped, or did not start: every stage learns which.</summary>
    internal void End()
    {
        for (var i = 0; i < _found.Count; i++)
        {
            var stage = _found[i];
            if (i < _started)
            {
                guard.Run($"Stage {stage.GetType()}, told that the server has stopped,", stage, static stage => stage.Stopped());
            }
            else
            {
                guard.Run($"Stage {stage.GetType()}, told that the server has not started,", stage, static stage => stage.NotStarted());
            }
        }

        _found.Clear();
        _started = 0;
    }
}
