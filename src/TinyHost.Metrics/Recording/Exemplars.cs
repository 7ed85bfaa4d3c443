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
internal sealed class ExemplarSlots(int count)
{
    private readonly Exemplar[] _slots = new Exemplar[count];
    private KeyValuePair<string, object?>[][]? _dropped;
    private int _locked;

    /// <summary>Makes a measurement the exemplar of a slot of its series if it is made within a trace.</summary>
    /// <param name="series">The series.</param>
    /// <param name="slot">The slot, or <see cref="Series.NoSlot"/>.</param>
    /// <param name="value">The measured value.</param>
    /// <param name="tags">Its tags.</param>
    /// <param name="kept">The tags that its series keeps; null for all.</param>
    internal static void Offer(Series series, int slot, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, KeptTags? kept)
    {
        if (slot >= 0 && series.ExemplarCount > 0 && TraceWatch.HasSeenActivity)
        {
            OfferTraced(series, slot, value, tags, kept);
        }
    }

    /// <summary>
    /// Copies the exemplar of a slot, and the tags that a view dropped, before entries without a name. False if the slot has no exemplar,
    /// or a thread is just storing one.
    /// </summary>
    internal bool TryRead(int slot, out Exemplar exemplar, Span<KeyValuePair<string, object?>> dropped)
    {
        exemplar = default;
        if (Interlocked.CompareExchange(ref _locked, 1, 0) != 0)
        {
            return false;
        }

        exemplar = _slots[slot];
        var held = _dropped?[slot] ?? [];
        held.CopyTo(dropped);
        Volatile.Write(ref _locked, 0);
        return exemplar.TraceId is not null;
    }

    // Not inlined, so that measurements outside traces do not pay for its locals.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void OfferTraced(
        Series series, int slot, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, KeptTags? kept)
    {
        // A span that is not recorded leads nowhere.
        if (Activity.Current is not { Recorded: true, IdFormat: ActivityIdFormat.W3C } activity)
        {
            return;
        }

        var time = Series.TimeOf(series.Owner.Family.Clock);
        var exemplar = new Exemplar(activity.TraceId.ToHexString(), activity.SpanId.ToHexString(), value, time);
        var slots = Of(series);
        if (kept is null)
        {
            slots.Store(slot, exemplar, []);
        }
        else
        {
            slots.StoreWithDropped(slot, exemplar, tags, kept);
        }
    }

    /// <summary>Makes an exemplar that another process kept that of a slot.</summary>
    internal static void Put(Series series, int slot, in Exemplar exemplar, ReadOnlySpan<KeyValuePair<string, object?>> dropped)
    {
        if (slot < series.ExemplarCount)
        {
            Of(series).Store(slot, exemplar, dropped[..Math.Min(dropped.Length, KeptTags.Buffer.Length)]);
        }
    }

    private static ExemplarSlots Of(Series series)
    {
        ref var slots = ref series.Exemplars;
        if (Volatile.Read(ref slots) is { } held)
        {
            return held;
        }

        var made = new ExemplarSlots(series.ExemplarCount);
        return Interlocked.CompareExchange(ref slots, made, null) ?? made;
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

        _slots[slot] = exemplar;
        if (dropped.Length > 0 || _dropped is not null)
        {
            // The array is kept, so that the next exemplar allocates nothing.
            ref var held = ref (_dropped ??= new KeyValuePair<string, object?>[_slots.Length][])[slot];
            held = held is not null && held.Length >= dropped.Length ? held : new KeyValuePair<string, object?>[dropped.Length];
            dropped.CopyTo(held);
            held.AsSpan(dropped.Length).Clear();
        }

        Volatile.Write(ref _locked, 0);
    }
}
