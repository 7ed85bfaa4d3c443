// Owns: one scrape's place among those being written, and its waiting for its scraper.
// Does not own: who has to make room (ScrapeSlots).

using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

/// <summary>Used by one scrape after the other. Its properties are guarded by the gate of <see cref="ScrapeSlots"/>.</summary>
internal sealed class ScrapeSlot(ScrapeSlots slots)
{
    /// <summary>The request whose scraper has yet to take a piece; null while there is none.</summary>
    internal RequestContext? WaitsFor { get; set; }

    /// <summary>Since when it waits, a time of the clock.</summary>
    internal long WaitsSince { get; set; }

    /// <summary>Whether it had to make room.</summary>
    internal bool IsCutOff { get; set; }

    /// <summary>
    /// Sends what was written. Throws <see cref="ScrapeEndedException"/> when the scraper took nothing for so long that it had to make room, and
    /// <see cref="IOException"/> when it is gone.
    /// </summary>
    internal ValueTask FlushAsync(RequestContext context)
    {
        ValueTask flush = context.Response.FlushAsync(context.Aborted);
        return flush.IsCompleted ? flush : WaitAsync(flush, context);
    }

    internal void Release() => slots.Release(this);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitAsync(ValueTask flush, RequestContext context)
    {
        slots.Wait(this, context);
        try
        {
            await flush.ConfigureAwait(false);
        }
        catch (IOException) when (IsCutOff)
        {
            // The connection was ended for this: said below.
        }
        finally
        {
            slots.Wait(this, null);
        }

        if (IsCutOff)
        {
            throw new ScrapeEndedException(ScrapeInstruments.ScraperStalled, "The scraper took nothing, and others wait.");
        }
    }
}
