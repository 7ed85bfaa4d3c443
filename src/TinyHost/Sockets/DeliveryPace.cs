// Owns: whether a peer goes on taking what was sent to it, from one look to the next.
// Does not own: how the system tells (Transport), or how much is enough (Deadline).

namespace TinyHost;

/// <summary>A struct, so that a connection holds it itself; never to be copied.</summary>
internal struct DeliveryPace()
{
    private long _delivered = -1;

    /// <summary>True while octets are still on their way and at least that many have arrived since the last look; the first look finds them in time.</summary>
    internal bool KeepsPace(Transport transport, long least)
    {
        if (!transport.IsDelivering(out var delivered))
        {
            return false;
        }

        var isKept = _delivered < 0 || delivered - _delivered >= least;
        _delivered = delivered;
        return isKept;
    }
}
