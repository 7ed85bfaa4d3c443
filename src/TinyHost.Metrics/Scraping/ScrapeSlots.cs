// Owns: the limit on scrapes being written (MetricsOptions.MaxScrapesInFlight).

namespace TinyHost.Metrics;

/// <summary>
/// Slots for the scrapes being written. If all are taken, the scrape that has waited longest for its scraper is cut off, provided its
/// scraper has not taken a piece of the exposition for some seconds.
/// </summary>
internal sealed class ScrapeSlots(int max, TimeProvider clock)
{
    // Like ServerLimits.MinDataRateGrace: the operating system delivers in pieces of its own.
    private static readonly TimeSpan s_stalled = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly List<ScrapeSlot> _taken = [];

    /// <summary>Takes a slot; null if there is none.</summary>
    internal ScrapeSlot? TryTake()
    {
        RequestContext? stalled = null;
        var slot = new ScrapeSlot(this);
        lock (_gate)
        {
            if (_taken.Count >= max && (stalled = CutOffStalled()) is null)
            {
                return null;
            }

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
        }
    }

    internal void SetWaiting(ScrapeSlot slot, RequestContext? context)
    {
        lock (_gate)
        {
            slot.WaitsFor = context;
            slot.WaitsSince = clock.GetTimestamp();
        }
    }

    // The caller holds the lock, and aborts the request outside it.
    private RequestContext? CutOffStalled()
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
}

/// <summary>The slot of one scrape. The lock of <see cref="ScrapeSlots"/> guards its properties.</summary>
internal sealed class ScrapeSlot(ScrapeSlots slots) : IDisposable
{
    /// <summary>The request whose scraper has yet to take a piece; null if the scrape does not wait.</summary>
    internal RequestContext? WaitsFor { get; set; }

    /// <summary>When the wait began, as a timestamp of the clock.</summary>
    internal long WaitsSince { get; set; }

    /// <summary>Whether the scrape was cut off for another one: its connection is aborted.</summary>
    internal bool IsCutOff { get; set; }

    /// <summary>The scrape waits for the scraper of this request; null if it no longer waits.</summary>
    internal void WaitFor(RequestContext? context)
    {
        // Most pieces are taken at once.
        if (context is not null || WaitsFor is not null)
        {
            slots.SetWaiting(this, context);
        }
    }

    public void Dispose() => slots.Release(this);
}
