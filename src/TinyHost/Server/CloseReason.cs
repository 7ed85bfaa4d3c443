// Owns: the ways in which a connection ends, as metrics tell them apart.
// Does not own: why a single request was refused (RejectReason).

namespace TinyHost;

internal enum CloseReason : byte
{
    /// <summary>The peer finished sending, between requests.</summary>
    ClosedByPeer,

    /// <summary>The peer reset the connection, or left inside a message.</summary>
    ResetByPeer,

    /// <summary>A response said that it is the last: the peer asked for that, its version does, or the handler did.</summary>
    AfterResponse,

    /// <summary>A request was refused.</summary>
    RequestRejected,

    /// <summary>A response was cut off: its handler failed, or aborted the connection.</summary>
    ResponseAborted,

    /// <summary>The protocol the connection had switched to came to its end.</summary>
    UpgradeEnded,

    /// <summary>No request within <see cref="ServerLimits.IdleTimeout"/>.</summary>
    IdleTimeout,

    /// <summary>A header section took longer than <see cref="ServerLimits.HeaderSectionTimeout"/>.</summary>
    HeaderSectionTimeout,

    /// <summary>Content came slower than <see cref="ServerLimits.MinDataRate"/>.</summary>
    ContentTooSlow,

    /// <summary>A response was read slower than <see cref="ServerLimits.MinDataRate"/>.</summary>
    ResponseTooSlow,

    /// <summary>The server stopped.</summary>
    ServerStopped,

    /// <summary>A fault of the server itself, which the log shows.</summary>
    Fault,
}
