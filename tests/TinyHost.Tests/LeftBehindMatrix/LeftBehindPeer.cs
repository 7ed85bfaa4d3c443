// Owns: the peer in the left-behind matrix: sends requests in random pieces and decides when to finish.

namespace TinyHost.Tests.LeftBehindMatrix;

internal sealed class LeftBehindPeer
{
    private readonly StepScheduler _scheduler;
    private readonly SteppedTransport _transport;
    private readonly Queue<(byte[] Bytes, bool WhenServerWaits)> _pieces = new();
    private readonly bool _isHasty;
    private bool _isSending;

    internal LeftBehindPeer(StepScheduler scheduler, SteppedTransport transport, LeftBehindCell cell)
    {
        _scheduler = scheduler;
        _transport = transport;
        _isHasty = scheduler.OneIn(4);
        foreach (var request in new LeftBehindMessages(scheduler.Next).Requests(cell))
        {
            EnqueueInPieces(request, whenServerWaits: cell.Connection == LeftBehindConnection.Persistent && RequestCount > 0);
            RequestCount++;
        }
    }

    internal int RequestCount { get; }

    /// <summary>True once everything has been sent.</summary>
    internal bool HasSentAll => _pieces.Count == 0;

    internal bool HasFinished { get; private set; }

    /// <summary>Set when the server stops: the peer then finishes only through <see cref="Finish"/>.</summary>
    internal bool StaysOpen { get; set; }

    /// <summary>Posts the peer's next action, if it has one now.</summary>
    internal void PostNextAction()
    {
        if (_isSending || HasFinished)
        {
            return;
        }

        if (_pieces.TryPeek(out var piece))
        {
            if (!piece.WhenServerWaits || _transport.IsWaitingForInput)
            {
                Post(() => _transport.Arrive(_pieces.Dequeue().Bytes));
            }
        }
        else if (!StaysOpen && (_isHasty || _transport.SendIsShut))
        {
            Post(Finish);
        }
    }

    /// <summary>Finishes sending. Pieces not yet sent are dropped.</summary>
    internal void Finish()
    {
        HasFinished = true;
        _transport.FinishSending();
    }

    private void Post(Action action)
    {
        _isSending = true;
        _scheduler.Post(() =>
        {
            action();
            _isSending = false;
        });
    }

    private void EnqueueInPieces(byte[] request, bool whenServerWaits)
    {
        var maxLength = 1 + _scheduler.Next(request.Length);
        for (var at = 0; at < request.Length;)
        {
            var count = Math.Min(1 + _scheduler.Next(maxLength), request.Length - at);
            _pieces.Enqueue((request[at..(at + count)], whenServerWaits && at == 0));
            at += count;
        }
    }
}
