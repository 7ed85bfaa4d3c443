// Owns: keeping the last measurement made within a trace, for each bucket of a series.
// Does not own: counting it, nor whether there are traces (TraceWatch).

using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

/// <summary>
/// The exemplars of one series. A measurement counts when it is made within a span that is recorded: others lead nowhere. Where two threads meet,
/// one of the measurements is passed over; an exemplar is one of many in any case.
/// </summary>
internal sealed class ExemplarSlots
{
    private readonly int _count;
    private readonly TimeProvider _clock;
    private Exemplar[]? _slots;
    private int _held;

    internal ExemplarSlots(int count, TimeProvider clock)
    {
        (_count, _clock) = (count, clock);
        TraceWatch.Begin();
    }

    internal void Offer(int slot, double value)
    {
        if (TraceWatch.HasSeen)
        {
            OfferTraced(slot, value);
        }
    }

    /// <summary>False when the bucket has none, or has one put in just now.</summary>
    internal bool TryRead(int slot, out Exemplar exemplar)
    {
        exemplar = default;
        if (Volatile.Read(ref _slots) is null || Interlocked.CompareExchange(ref _held, 1, 0) != 0)
        {
            return false;
        }

        if (_slots is { } slots)
        {
            exemplar = slots[slot];
        }

        Volatile.Write(ref _held, 0);
        return exemplar.TraceId is not null;
    }

    /// <summary>Forgets them all: they are of measurements that count no more.</summary>
    internal void Clear()
    {
        var turn = default(SpinWait);
        while (Interlocked.CompareExchange(ref _held, 1, 0) != 0)
        {
            turn.SpinOnce();
        }

        _slots = null;
        Volatile.Write(ref _held, 0);
    }

    // By itself, so that its locals do not cost the measurements that are made outside of traces.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OfferTraced(int slot, double value)
    {
        if (Activity.Current is not { Recorded: true, IdFormat: ActivityIdFormat.W3C } activity)
        {
            return;
        }

        var exemplar = new Exemplar(
            activity.TraceId.ToHexString(), activity.SpanId.ToHexString(), value, Series.TimeOf(_clock));
        if (Interlocked.CompareExchange(ref _held, 1, 0) == 0)
        {
            (_slots ??= new Exemplar[_count])[slot] = exemplar;
            Volatile.Write(ref _held, 0);
        }
    }
}
