// Owns: one connection of the left-behind matrix, and the conditions that must hold whatever its handlers leave behind.

using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.LeftBehindMatrix;

internal sealed class LeftBehindRun : IDisposable
{
    private const int MaxSteps = 200_000;

    private readonly LeftBehindCell _cell;
    private readonly StepScheduler _scheduler;
    private readonly Failures _failures = new();
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
        _pool = new GuardedPool(_failures);
        _transport = new SteppedTransport(_scheduler, _pool, _failures);
        _peer = new LeftBehindPeer(_scheduler, _transport, cell);
        _handler = new LeftBehindHandler(cell, _scheduler, _failures, coverage, _peer.RequestCount);
        _server = new MemoryServer(_handler.HandleAsync, _transport, SetLimits, pool: _pool);
    }

    /// <summary>Throws with the failures found, if there are any.</summary>
    internal static async Task RunAsync(LeftBehindCell cell, int seed, LeftBehindCoverage coverage)
    {
        using var run = new LeftBehindRun(cell, seed, coverage);
        run.PostInterruption();
        run.RunToEnd();
        await run.CheckAsync();
        if (!run._failures.IsEmpty)
        {
            Assert.Fail($"{cell}, seed {seed}:\n{run._failures}");
        }
    }

    public void Dispose() => _server.Dispose();

    private static void SetLimits(ServerLimits limits)
    {
        limits.MaxDrainSize = LeftBehindMessages.MaxDrainSize;
        limits.ResponseBufferSize = 1_024;
    }

    // On most connections the peer decides when to end. Some meet a server stop, a reset, or a deadline.
    private void PostInterruption()
    {
        switch (_scheduler.Next(16))
        {
            case 0:
                PostLater(() =>
                {
                    _peer.StaysOpen = true;
                    _stopped = _server.Connections.CloseAsync();
                });
                break;
            case 1:
                PostLater(() =>
                {
                    _wasInterrupted = true;
                    _transport.Reset();
                });
                break;
            case 2:
                PostLater(() =>
                {
                    _wasInterrupted = true;
                    _server.Time.Advance(TimeSpan.FromSeconds(_scheduler.OneIn(2) ? 200 : 4));
                });
                break;
        }
    }

    private void PostLater(Action action) => _scheduler.PostAfter(_scheduler.Next(60), action);

    private void RunToEnd()
    {
        for (var steps = 0; steps < MaxSteps; steps++)
        {
            _peer.PostNextAction();
            if (!_scheduler.RunOne() && IsOver())
            {
                return;
            }
        }

        _failures.Add($"The connection did not end within {MaxSteps} steps.");
    }

    // Called when no step is ready. Waits briefly for continuations on the thread pool, then lets the peer finish, then advances the clock.
    private bool IsOver()
    {
        if (_server.Served.IsCompleted && _handler.IsWorkDone)
        {
            return true;
        }

        if (_stopped is not null
            && !_handler.IsRunning
            && !SpinWait.SpinUntil(() => _scheduler.HasReadySteps || _server.Served.IsCompleted, TestTimeout.Long))
        {
            _failures.Add("The stop waits for a peer although no handler is running.");
        }

        if (!_peer.HasFinished && _transport.IsWaitingForInput)
        {
            _peer.Finish();
            return false;
        }

        if (SpinWait.SpinUntil(CanContinue, millisecondsTimeout: 50))
        {
            return false;
        }

        if (!_peer.HasFinished)
        {
            _peer.Finish();
            return false;
        }

        _server.Time.Advance(TimeSpan.FromSeconds(300));
        if (SpinWait.SpinUntil(CanContinue, TestTimeout.Long))
        {
            _wasInterrupted = true;
            return false;
        }

        _failures.Add(_server.Served.IsCompleted ? "Work left behind never ends." : "The connection never ends.");
        return true;
    }

    private bool CanContinue() =>
        _scheduler.HasReadySteps
        || (_server.Served.IsCompleted && _handler.IsWorkDone)
        || (!_peer.HasFinished && _transport.IsWaitingForInput);

    private async Task CheckAsync()
    {
        if (_server.Served.IsCompleted && _handler.IsWorkDone)
        {
            await _server.Served;
            await _handler.WaitForWorkAsync();
            _pool.CheckAtEnd();
        }

        Require(_transport.IsDisposed, "The transport was not disposed.");
        Require(_server.Connections.Count == 0, "The connection is still counted as open.");
        Require(_stopped is null or { IsCompletedSuccessfully: true }, "The stop did not complete although the connection has ended.");
        foreach (var entry in _server.Log.Entries.Where(entry => entry.Level == LogLevel.Critical))
        {
            _failures.Add($"{entry.Message} {entry.Exception}");
        }

        // After an abort or a reset the peer sees an error, not an orderly end, so a response may be incomplete.
        var mayBeCutOff = _transport.IsAborted || _transport.HasFailed;
        if (new ResponseChecker(_cell, _handler.Handled, mayBeCutOff).Check(_transport.Sent) is { } failure)
        {
            _failures.Add(failure);
        }

        Require(
            mayBeCutOff || _wasInterrupted || _stopped is not null || !_peer.HasSentAll || _handler.Handled > 0,
            "No request was handled.");
    }

    private void Require(bool condition, string failure)
    {
        if (!condition)
        {
            _failures.Add(failure);
        }
    }
}
