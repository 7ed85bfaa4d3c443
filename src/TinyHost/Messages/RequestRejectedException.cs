// Owns: how a refusal of the request's content reaches the handler.

namespace TinyHost;

/// <summary>
/// The server must refuse the request. A handler that lets the exception pass has the peer answered with <see cref="StatusCode"/>.
/// </summary>
public sealed class RequestRejectedException : IOException
{
    /// <summary>Refuses the request for <paramref name="reason"/>; <paramref name="message"/> goes to the log.</summary>
    public RequestRejectedException(RejectReason reason, string message) : base(message) => Reason = reason;

    /// <summary>
    /// Refuses the request for <paramref name="reason"/>; <paramref name="message"/> and <paramref name="cause"/> go to the log.
    /// </summary>
    public RequestRejectedException(RejectReason reason, string message, Exception cause) : base(message, cause) => Reason = reason;

    /// <summary>Why the request is refused.</summary>
    public RejectReason Reason { get; }

    /// <summary>The status code of the answer.</summary>
    public int StatusCode => Reason.StatusCode();
}
