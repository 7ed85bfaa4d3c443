// Owns: the deadlines of the requests that one RequestTimeout has let through.

namespace TinyHost;

/// <summary>
/// All requests have the same limit, so their deadlines are in the order of their starts: one list, and one timer for the first of it.
/// Entries are used again, so that a request costs two passes through the lock and no memory.
/// </summary>
internal sealed class RequestDeadlines(TimeSpan limit, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<RequestDeadline> _running = [];
    private readonly Stack<LinkedListNode<RequestDeadline>> _free = [];
    private ITimer? _timer;
    private bool _isArmed;

    internal LinkedListNode<RequestDeadline> Begin(RequestContext context)
    {
        lock (_lock)
        {
            if (!_free.TryPop(out var entry))
            {
                entry = new(new RequestDeadline());
            }

            entry.Value.Context = context;
            entry.Value.Reached = 0;
            // Read with the lock, so that the list is in order.
            entry.Value.Started = entry.Value.Since = time.GetTimestamp();
            _running.AddLast(entry);
            if (!_isArmed)
            {
                Arm(limit);
            }

            return entry;
        }
    }

    /// <summary>The handler has ended. Afterwards the entry may belong to another request.</summary>
    internal RequestOverrun End(LinkedListNode<RequestDeadline> entry)
    {
        lock (_lock)
        {
            var ended = entry.Value;
            if (entry.List is not null)
            {
                _running.Remove(entry);
            }

            ended.Context = null;
            _free.Push(entry);
            return ended.Reached == 0 ? default : new(IsOver: true, IsLogged: ended.Reached > 1, time.GetElapsedTime(ended.Started));
        }
    }

    private void Arm(TimeSpan due)
    {
        _isArmed = true;
        // Timers count whole milliseconds; rounding up saves a call that comes too early.
        due = TimeSpan.FromMilliseconds(Math.Ceiling(due.TotalMilliseconds));
        if (_timer is not null)
        {
            _timer.Change(due, Timeout.InfiniteTimeSpan);
            return;
        }

        // The timer must not keep what the first request's context holds.
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static deadlines => ((RequestDeadlines)deadlines!).Check(), this, due, Timeout.InfiniteTimeSpan);
        }
    }

    private void Check()
    {
        // Logged without the lock, so that a slow logger delays no request.
        List<Action>? reports = null;
        lock (_lock)
        {
            var now = time.GetTimestamp();
            while (_running.First is { } first && time.GetElapsedTime(first.Value.Since, now) >= limit)
            {
                _running.Remove(first);
                if (Reach(first, now) is { } report)
                {
                    (reports ??= []).Add(report);
                }
            }

            _isArmed = false;
            if (_running.First is { } next)
            {
                Arm(limit - time.GetElapsedTime(next.Value.Since, now));
            }
        }

        reports?.ForEach(static report => report());
    }

    // Called with the lock, for an entry out of the list. Returns what is to be logged.
    private Action? Reach(LinkedListNode<RequestDeadline> entry, long now)
    {
        var (deadline, context) = (entry.Value, entry.Value.Context!);
        if (context.Upgraded is not null)
        {
            return null;
        }

        try
        {
            if (++deadline.Reached > 1)
            {
                return ReportOf(context);
            }

            Cancel(context);
            // Once more after the same time, to report a handler that ignores the cancellation.
            deadline.Since = now;
            _running.AddLast(entry);
            return null;
        }
        catch (InvalidOperationException)
        {
            // The request has ended without its handler, and its objects cannot be used any more.
            return () => context.Logger.HandlerOutlivesRequest(context.Connection.Id);
        }
    }

    // Called with the lock: the request cannot end meanwhile, and its connection's next one is not cancelled in its place. Callbacks of the
    // token run on the thread pool.
    private static void Cancel(RequestContext context)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
        }

        // Read first, so that the token exists and a handler that reads it later finds it cancelled.
        _ = context.Aborted;
        context.NoticeLeft();
    }

    private Action ReportOf(RequestContext context)
    {
        var (logger, method, path, id) = (context.Logger, context.Request.Method, context.Request.LoggedPath(), context.Connection.Id);
        return () => logger.CancellationIgnored(method, path, 2 * limit.TotalSeconds, id);
    }
}
