// Owns: the values and the errors of a connection's state: what is read, what is written, what a handler left behind, and why the
// connection closes.

namespace TinyHost;

/// <summary>What reading a request's head has led to.</summary>
internal enum HeadStatus : byte
{
    /// <summary>Valid so far; more bytes are needed.</summary>
    Incomplete,

    /// <summary>The head and its framing are valid.</summary>
    Complete,

    /// <summary>The request is refused; <see cref="Http1Connection.Rejection"/> says why.</summary>
    Rejected,

    /// <summary>No further request follows, and none had begun.</summary>
    Ended,
}

internal enum Reading : byte
{
    /// <summary>A request's head, or the wait for one.</summary>
    Head,

    /// <summary>A request's content.</summary>
    Content,

    /// <summary>Nothing: the content has ended, and another head may follow.</summary>
    Drained,

    /// <summary>Nothing, for good: whatever the peer still sends is not a request.</summary>
    Ended,
}

internal enum Writing : byte
{
    /// <summary>Nothing of the final response yet.</summary>
    Nothing,

    /// <summary>The head has been written.</summary>
    Head,

    /// <summary>The head and some content have been written.</summary>
    Content,

    /// <summary>The response is complete.</summary>
    Done,

    /// <summary>101 has been written: another protocol has taken over.</summary>
    Upgraded,
}

/// <summary>The operations that were still pending when their handler ended.</summary>
[Flags]
internal enum LeftBehind
{
    Nothing = 0,
    Read = 2,
    Write = 4,
}

/// <summary>Why a connection closes, as metrics report it.</summary>
internal enum CloseReason
{
    /// <summary>The connection stays open.</summary>
    None,

    /// <summary>The peer finished sending, between requests.</summary>
    ClosedByPeer,

    /// <summary>The peer reset the connection, or left inside a message.</summary>
    ResetByPeer,

    /// <summary>A response was the last: by the peer's wish, by its HTTP version, or by the handler's wish.</summary>
    AfterResponse,

    /// <summary>A request was refused.</summary>
    RequestRejected,

    /// <summary>A response was cut off: its handler failed, or aborted the connection.</summary>
    ResponseAborted,

    /// <summary>The protocol that the connection had switched to has ended.</summary>
    UpgradeEnded,

    /// <summary>The connection was refused before HTTP began on it.</summary>
    OpeningRefused,

    /// <summary>What precedes HTTP took longer than <see cref="ServerLimits.OpeningTimeout"/>.</summary>
    OpeningTimeout,

    /// <summary>No request within <see cref="ServerLimits.IdleTimeout"/>.</summary>
    IdleTimeout,

    /// <summary>A header section took longer than <see cref="ServerLimits.HeaderSectionTimeout"/>.</summary>
    HeaderSectionTimeout,

    /// <summary>Content arrived more slowly than <see cref="ServerLimits.MinDataRate"/>.</summary>
    ContentTooSlow,

    /// <summary>The peer read a response more slowly than <see cref="ServerLimits.MinDataRate"/>.</summary>
    ResponseTooSlow,

    /// <summary>The server stopped.</summary>
    ServerStopped,

    /// <summary>The server itself failed; the log has the exception.</summary>
    Fault,
}

internal static class CloseReasons
{
    /// <summary>Why the connection closes when a request is refused for this reason.</summary>
    internal static CloseReason ToCloseReason(this RejectReason reason) => reason switch
    {
        RejectReason.HeaderSectionTimeout => CloseReason.HeaderSectionTimeout,
        RejectReason.BodyTooSlow => CloseReason.ContentTooSlow,
        RejectReason.UnexpectedEnd => CloseReason.ResetByPeer,
        _ => CloseReason.RequestRejected,
    };
}

internal static class StateErrors
{
    internal static InvalidOperationException AlreadyPending(LeftBehind operation)
    {
        var name = operation == LeftBehind.Read ? "A read of the content" : "A write of the response";
        return new InvalidOperationException($"{name} is pending: await it before the next one.");
    }

    internal static InvalidOperationException RequestEnded() =>
        new("The request has ended: nothing of it can be read or written once its handler's task has completed.");

    internal static InvalidOperationException InvalidTransition(ConnectionState state, int rights) => new(
        $"Invalid transition of a connection that reads {state.Reading}, writes {state.Writing}, persists: {state.IsPersistent}, "
        + $"rights: {rights}.");
}
