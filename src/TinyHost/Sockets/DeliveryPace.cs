// Owns: whether a peer takes what was sent fast enough.

namespace TinyHost;

/// <summary>Compares what the peer has acknowledged from one check to the next. Mutable: do not copy.</summary>
internal struct DeliveryPace
{
    // What the last check saw; null before the first.
    private long? _delivered;

    /// <summary>
    /// True while bytes are on their way and the peer has acknowledged at least <paramref name="minDelivered"/> since the last check. The
    /// first check only needs bytes on their way.
    /// </summary>
    internal bool IsKept(Transport transport, long minDelivered)
    {
        if (!transport.IsDelivering(out var delivered))
        {
            return false;
        }

        var isKept = _delivered is not { } before || delivered - before >= minDelivered;
        _delivered = delivered;
        return isKept;
    }
}
