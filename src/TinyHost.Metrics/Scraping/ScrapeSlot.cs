// Owns: one scrape's place among those being written, and its waiting for its scraper.
// Does not own: who has to make room (ScrapeSlots).

namespace TinyHost.Metrics;

/// <summary>Used by one scrape after the other. Its properties are guarded by the gate of <see cref="ScrapeSlots"/>.</summary>
internal sealed class ScrapeSlot(ScrapeSlots slots)
{
    /// <summary>The request whose scraper has yet to take a piece; null while there is none.</summary>
    internal RequestContext? WaitsFor { get; set; }

    /// <summary>Since when it waits, a time of the clock.</summary>
    internal long WaitsSince { get; set; }

    /// <summary>Whether it had to make room: its connection is at an end then.</summary>
    internal bool IsCutOff { get; set; }

    /// <summary>The scrape begins to wait for the scraper of a request, or for none any more.</summary>
    internal void WaitFor(RequestContext? context)
    {
        // Most pieces are taken at once.
        if (context is not null || WaitsFor is not null)
        {
            slots.Wait(this, context);
        }
    }

    internal void Release() => slots.Release(this);
}
