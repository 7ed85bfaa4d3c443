// Owns: exemplars: the last measurement made within a recorded span, for each bucket of a series, with the tags a view dropped.
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
    private KeyValuePair<string, object?>[][]? _dropped;
    private int _locked;

    internal ExemplarSlots(int count, TimeProvider clock)
    {
        (_count, _clock) = (count, clock);
        TraceWatch.Start();
    }

    /// <summary>Makes a measurement the exemplar of a slot if it is made within a trace.</summary>
    /// <param name="slot">The slot, or <see cref="Series.NoSlot"/>.</param>
    /// <param name="value">The measured value.</param>
    /// <param name="tags">Its tags.</param>
    /// <param name="kept">The tags that its series keeps; null for all.</param>
    internal void Offer(int slot, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, KeptTags? kept)
    {
        if (TraceWatch.HasSeenActivity && slot >= 0)
        {
            OfferTraced(slot, value, tags, kept);
        }
    }

    /// <summary>
    /// Copies the exemplar of a slot, and the tags that a view dropped, before entries without a name. False if the slot has no exemplar,
    /// or a thread is just storing one.
    /// </summary>
    internal bool TryRead(int slot, out Exemplar exemplar, Span<KeyValuePair<string, object?>> dropped)
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

        var held = _dropped?[slot] ?? [];
        held.CopyTo(dropped);
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

        (_slots, _dropped) = (null, null);
        Volatile.Write(ref _locked, 0);
    }

    // Not inlined, so that measurements outside traces do not pay for its locals.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OfferTraced(int slot, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, KeptTags? kept)
    {
        // A span that is not recorded leads nowhere.
        if (Activity.Current is not { Recorded: true, IdFormat: ActivityIdFormat.W3C } activity)
        {
            return;
        }

        var exemplar = new Exemplar(activity.TraceId.ToHexString(), activity.SpanId.ToHexString(), value, Series.TimeOf(_clock));
        if (kept is null)
        {
            Store(slot, exemplar, []);
        }
        else
        {
            StoreWithDropped(slot, exemplar, tags, kept);
        }
    }

    private void StoreWithDropped(int slot, in Exemplar exemplar, ReadOnlySpan<KeyValuePair<string, object?>> tags, KeptTags kept)
    {
        var buffer = default(KeptTags.Buffer);
        Span<KeyValuePair<string, object?>> dropped = buffer;
        Store(slot, exemplar, dropped[..kept.CopyDropped(tags, dropped)]);
    }

    private void Store(int slot, in Exemplar exemplar, ReadOnlySpan<KeyValuePair<string, object?>> dropped)
    {
        if (Interlocked.CompareExchange(ref _locked, 1, 0) != 0)
        {
            return;
        }

        (_slots ??= new Exemplar[_count])[slot] = exemplar;
        if (dropped.Length > 0 || _dropped is not null)
        {
            // The array is kept, so that the next exemplar allocates nothing.
            ref var held = ref (_dropped ??= new KeyValuePair<string, object?>[_count][])[slot];
            held = held is not null && held.Length >= dropped.Length ? held : new KeyValuePair<string, object?>[dropped.Length];
            dropped.CopyTo(held);
            held.AsSpan(dropped.Length).Clear();
        }

        Volatile.Write(ref _locked, 0);
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
                NoteActivity();
            }
        }

        private static void NoteActivity()
        {
            s_hasSeenActivity = true;
            MeasurementWatch.Start();
        }

        private static void OnCurrentChanged(object? sender, ActivityChangedEventArgs change)
        {
            NoteActivity();
            Activity.CurrentChanged -= OnCurrentChanged;
        }
    }
}
