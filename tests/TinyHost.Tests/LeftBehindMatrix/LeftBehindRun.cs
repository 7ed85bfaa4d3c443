// Owns: one connection of the left-behind matrix from its first byte to its end, and what must hold of it whatever its handlers leave behind.
// Does not own: what they leave (LeftBehindHandler), or reading responses (WireJudge).

using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.LeftBehindMatrix;

internal sealed class LeftBehindRun : IDisposable
{
    private const int MostSteps = 200_000;

    private readonly LeftBehindCell _cell;
    private readonly StepScheduler _scheduler;
    private readonly Faults _faults = new();
    private readonly GuardedPool _pool;
    private readonly SteppedTransport _transport;
    private readonly LeftBehindPeer _peer;
    private readonly LeftBehindHandler _handler;
    private readonly MemoryServer _server;
    private Task? _stopped;
    private bool _wasInterrupted;

    private LeftBehindRun(LeftBehindCell cell, int seed, LeftBehindCoverage coverage)
    {
        _cell = cell;
        _scheduler = new StepScheduler(seed);
        _pool = new GuardedPool(_faults);
        _transport = new SteppedTransport(_scheduler, _pool, _faults);
        _peer = new LeftBehindPeer(_scheduler, _transport, cell);
        _handler = new LeftBehindHandler(cell, _scheduler, _faults, coverage, _peer.Requests);
        _server = new MemoryServer(_handler.HandleAsync, _transport, Limit, pool: _pool);
    }

    /// <summary>Throws with what was found wrong, if anything was.</summary>
    internal static async Task RunAsync(LeftBehindCell cell, int seed, LeftBehindCoverage coverage)
    {
        using var run = new LeftBehindRun(cell, seed, coverage);
        run.Interrupt();
        run.GoOnToTheEnd();
        await run.JudgeAsync();
        if (!run._faults.IsEmpty)
        {
            Assert.Fail($"{cell}, seed {seed}:\n{run._faults}");
        }
    }

    public void Dispose() => _server.Dispose();

    private static void Limit(ServerLimits limits)
    {
        limits.MaxDrainSize = LeftBehindMessages.MaxDrainSize;
        limits.ResponseBufferSize = 1_024;
    }

    // Most connections end as their peer wishes; some meet a stop of the server, a reset, or a deadline.
    private void Interrupt()
    {
        switch (_scheduler.Next(16))
        {
            case 0:
                Later(() =>
                {
                    _peer.Stays = true;
                    _stopped = _server.Connections.CloseAsync();
                });
                break;
            case 1:
                Later(() =>
                {
                    _wasInterrupted = true;
                    _transport.Reset();
                });
                break;
            case 2:
                Later(() =>
                {
                    _wasInterrupted = true;
                    _server.Time.Advance(TimeSpan.FromSeconds(_scheduler.OneIn(2) ? 200 : 4));
                });
                break;
        }
    }

    private void Later(Action action) => _scheduler.PostAfter(_scheduler.Next(60), action);

    private void GoOnToTheEnd()
    {
        for (var steps = 0; steps < MostSteps; steps++)
        {
            _peer.Look();
            if (!_scheduler.RunOne() && IsOver())
            {
                return;
            }
        }

        _faults.Add("The connection goes on without end.");
    }

    // Nothing is ready. What the server resumes on the thread pool comes in a moment; after it the peer finishes, then time passes.
    private bool IsOver()
    {
        if (_server.Served.IsCompleted && _handler.IsAtRest)
        {
            return true;
        }

        if (_stopped is not null && !_handler.IsBusy && !SpinWait.SpinUntil(() => _scheduler.HasReadySteps || _server.Served.IsCompleted, TestTimeout.Long))
        {
            _faults.Add("The stop waits for a peer although no handler is at work.");
        }

        if (!_peer.HasFinished && _transport.IsStarving)
        {
            _peer.Finish();
            return false;
        }

        if (SpinWait.SpinUntil(GoesOn, millisecondsTimeout: 50))
        {
            return false;
        }

        if (!_peer.HasFinished)
        {
            _peer.Finish();
            return false;
        }

        _server.Time.Advance(TimeSpan.FromSeconds(300));
        if (SpinWait.SpinUntil(GoesOn, TestTimeout.Long))
        {
            _wasInterrupted = true;
            return false;
        }

        _faults.Add(_server.Served.IsCompleted ? "An operation that was left behind never ends." : "The connection never ends.");
        return true;
    }

    private bool GoesOn() => _scheduler.HasReadySteps || (_server.Served.IsCompleted && _handler.IsAtRest) || (!_peer.HasFinished && _transport.IsStarving);

    private async Task JudgeAsync()
    {
        if (_server.Served.IsCompleted && _handler.IsAtRest)
        {
            await _server.Served;
            await _handler.WorkAsync();
            _pool.Inspect();
        }

        Require(_transport.IsDisposed, "The transport was not disposed.");
        Require(_server.Connections.Count == 0, "The connection is still counted as open.");
        Require(_stopped is null or { IsCompletedSuccessfully: true }, "The stop goes on although the connection has ended.");
        foreach (var entry in _server.Log.Entries.Where(entry => entry.Level == LogLevel.Critical))
        {
            _faults.Add($"{entry.Message} {entry.Exception}");
        }

        // Whoever was cut off by the peer or by a deadline sees an error, not an end.
        var mayBeCutOff = _transport.IsAborted || _transport.HasFailed;
        if (new WireJudge(_cell, _handler.Handled, mayBeCutOff).Judge(_transport.Sent) is { } complaint)
        {
            _faults.Add(complaint);
        }
        Require(mayBeCutOff || _wasInterrupted || _stopped is not null || !_peer.HasSentAll || _handler.Handled > 0, "No request was handled.");
    }

    private void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            _faults.Add(otherwise);
        }
    }
}
