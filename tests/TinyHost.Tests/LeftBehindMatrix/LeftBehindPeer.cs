// Owns: a peer of the left-behind matrix: sends its requests in random pieces, and finishes at once, when the server has, or when nothing else goes on.
// Does not own: what the requests are (LeftBehindMessages).

namespace TinyHost.Tests.LeftBehindMatrix;

internal sealed class LeftBehindPeer
{
    private readonly StepScheduler _scheduler;
    private readonly SteppedTransport _transport;
    private readonly Queue<(byte[] Octets, bool WhenStarving)> _pieces = new();
    private readonly bool _isHasty;
    private bool _isSending;

    internal LeftBehindPeer(StepScheduler scheduler, SteppedTransport transport, LeftBehindCell cell)
    {
        _scheduler = scheduler;
        _transport = transport;
        _isHasty = scheduler.OneIn(4);
        var messages = new LeftBehindMessages(scheduler.Next);
        Requests = cell.Upgrades ? 1 + scheduler.Next(2) : 3;
        for (var i = 0; i < Requests; i++)
        {
            var octets = cell.Upgrades && i == Requests - 1
                ? messages.Upgrade(i, cell)
                : messages.Post(i, cell, isLast: cell.Connection == LeftBehindConnection.Close && i == 0 && !cell.Upgrades);
            Cut(octets, whenStarving: cell.Connection == LeftBehindConnection.Persistent && i > 0);
        }
    }

    internal int Requests { get; }

    /// <summary>True once everything was sent.</summary>
    internal bool HasSentAll => _pieces.Count == 0;

    internal bool HasFinished { get; private set; }

    /// <summary>Set when the server stops: such a peer finishes only when it is told to.</summary>
    internal bool Stays { get; set; }

    /// <summary>Makes the next thing ready that the peer would do now.</summary>
    internal void Look()
    {
        if (_isSending || HasFinished)
        {
            return;
        }

        if (_pieces.TryPeek(out var piece))
        {
            if (!piece.WhenStarving || _transport.IsStarving)
            {
                Do(() => _transport.Arrive(_pieces.Dequeue().Octets));
            }
        }
        else if (!Stays && (_isHasty || _transport.SendIsShut))
        {
            Do(Finish);
        }
    }

    /// <summary>Nothing else goes on: the peer gives up what it has not sent.</summary>
    internal void Finish()
    {
        HasFinished = true;
        _transport.FinishSending();
    }

    private void Do(Action action)
    {
        _isSending = true;
        _scheduler.Post(() =>
        {
            action();
            _isSending = false;
        });
    }

    private void Cut(byte[] octets, bool whenStarving)
    {
        var most = 1 + _scheduler.Next(octets.Length);
        for (var at = 0; at < octets.Length;)
        {
            var count = Math.Min(1 + _scheduler.Next(most), octets.Length - at);
            _pieces.Enqueue((octets[at..(at + count)], whenStarving && at == 0));
            at += count;
        }
    }
}
