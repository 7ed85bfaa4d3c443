// Owns: how many scrapes are written at a time, and that those whose scrapers take nothing keep no others from it.
// Does not own: answering them (Scraper), nor the connections' own deadlines.

namespace TinyHost.Metrics;

/// <summary>
/// A place for each scrape that has begun to write. When all are taken, the one that has waited longest for its scraper makes room, if a piece of
/// the exposition was not taken for some seconds: its connection is cut off.
/// </summary>
internal sealed class ScrapeSlots(int most, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly List<ScrapeSlot> _taken = [];
    private readonly Stack<ScrapeSlot> _idle = [];

    /// <summary>A place, to be released; null when there is none.</summary>
    internal ScrapeSlot? Take()
    {
        RequestContext? stalled = null;
        ScrapeSlot? slot;
        lock (_gate)
        {
            if (_taken.Count >= most && (stalled = MakeRoom()) is null)
            {
                return null;
            }

            slot = _idle.TryPop(out slot) ? slot : new ScrapeSlot(this);
            slot.IsCutOff = false;
            _taken.Add(slot);
        }

        stalled?.Abort();
        return slot;
    }

    internal void Release(ScrapeSlot slot)
    {
        lock (_gate)
        {
            slot.WaitsFor = null;
            _taken.Remove(slot);
            _idle.Push(slot);
        }
    }

    /// <summary>A scrape begins to wait for its scraper, or has ended to: then there is no context.</summary>
    internal void Wait(ScrapeSlot slot, RequestContext? context)
    {
        lock (_gate)
        {
            slot.WaitsFor = context;
            slot.WaitsSince = clock.GetTimestamp();
        }
    }

    // Tells whose connection is to be cut off.
    private RequestContext? MakeRoom()
    {
        ScrapeSlot? longest = null;
        foreach (var slot in _taken)
        {
            if (slot.WaitsFor is not null && (longest is null || slot.WaitsSince < longest.WaitsSince))
            {
                longest = slot;
            }
        }

        if (longest is null || clock.GetElapsedTime(longest.WaitsSince) < s_stalled)
        {
            return null;
        }

        longest.IsCutOff = true;
        _taken.Remove(longest);
        return longest.WaitsFor;
    }

    // As the grace before a connection has to keep to a rate (ServerLimits.MinDataRateGrace): the system hands on what it took in pieces of its own.
    private static readonly TimeSpan s_stalled = TimeSpan.FromSeconds(5);
}
