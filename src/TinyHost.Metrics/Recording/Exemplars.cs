// Owns: exemplars: the last measurement made within a recorded span, for each bucket of a series.
// Source: OpenMetrics 1.0.0, Exemplars.

using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

/// <summary>A measurement and the trace it was made in.</summary>
/// <param name="TraceId">32 hexadecimal digits.</param>
/// <param name="SpanId">16 hexadecimal digits.</param>
/// <param name="Value">The measured value.</param>
/// <param name="Time">When it was measured, in seconds since 1970.</param>
internal readonly record struct Exemplar(string TraceId, string SpanId, double Value, double Time);

/// <summary>The exemplars of one series. If two threads collide, one measurement is skipped: any of them will do as an example.</summary>
internal sealed class ExemplarSlots
{
    private readonly int _count;
    private readonly TimeProvider _clock;
    private Exemplar[]? _slots;
    private int _locked;

    internal ExemplarSlots(int count, TimeProvider clock)
    {
        (_count, _clock) = (count, clock);
        TraceWatch.Start();
    }

    internal void Offer(int slot, double value)
    {
        if (TraceWatch.HasSeenActivity)
        {
            OfferTraced(slot, value);
        }
    }

    /// <summary>False if the bucket has no exemplar, or a thread is just storing one.</summary>
    internal bool TryRead(int slot, out Exemplar exemplar)
    {
        exemplar = default;
        if (Volatile.Read(ref _slots) is null || Interlocked.CompareExchange(ref _locked, 1, 0) != 0)
        {
            return false;
        }

        if (_slots is { } slots)
        {
            exemplar = slots[slot];
        }

        Volatile.Write(ref _locked, 0);
        return exemplar.TraceId is not null;
    }

    internal void Clear()
    {
        var wait = default(SpinWait);
        while (Interlocked.CompareExchange(ref _locked, 1, 0) != 0)
        {
            wait.SpinOnce();
        }

        _slots = null;
        Volatile.Write(ref _locked, 0);
    }

    // Not inlined, so that measurements outside traces do not pay for its locals.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OfferTraced(int slot, double value)
    {
        // A span that is not recorded leads nowhere.
        if (Activity.Current is not { Recorded: true, IdFormat: ActivityIdFormat.W3C } activity)
        {
            return;
        }

        var exemplar = new Exemplar(activity.TraceId.ToHexString(), activity.SpanId.ToHexString(), value, Series.TimeOf(_clock));
        if (Interlocked.CompareExchange(ref _locked, 1, 0) == 0)
        {
            (_slots ??= new Exemplar[_count])[slot] = exemplar;
            Volatile.Write(ref _locked, 0);
        }
    }

    /// <summary>
    /// Whether this process uses <see cref="Activity"/> at all: reading the current activity would cost every measurement a tenth more. An
    /// activity started before anybody watched is noticed when a series is made within it, or when any activity starts or stops.
    /// </summary>
    private static class TraceWatch
    {
        private static volatile bool s_hasSeenActivity;

        static TraceWatch() => Activity.CurrentChanged += OnCurrentChanged;

        internal static bool HasSeenActivity => s_hasSeenActivity;

        internal static void Start()
        {
            if (Activity.Current is not null)
            {
                s_hasSeenActivity = true;
            }
        }

        private static void OnCurrentChanged(object? sender, ActivityChangedEventArgs change)
        {
            s_hasSeenActivity = true;
            Activity.CurrentChanged -= OnCurrentChanged;
        }
    }
}
