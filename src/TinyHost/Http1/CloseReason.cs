// Owns: the ways in which a connection ends, as metrics tell them apart.
// Does not own: why a single request was refused (RejectReason), or recording why a connection closes (ConnectionState).

namespace TinyHost;

internal enum CloseReason
{
    /// <summary>None was recorded: the connection goes on.</summary>
    None,

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

internal static class CloseReasons
{
    /// <summary>Why a connection closes on which a request was refused.</summary>
    internal static CloseReason ToCloseReason(this RejectReason reason) => reason switch
    {
        RejectReason.HeaderSectionTimeout => CloseReason.HeaderSectionTimeout,
        RejectReason.BodyTooSlow => CloseReason.ContentTooSlow,
        RejectReason.UnexpectedEnd => CloseReason.ResetByPeer,
        _ => CloseReason.RequestRejected,
    };
}
