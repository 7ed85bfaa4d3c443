// Owns: how a refusal that shows only while content is read reaches the handler.
// Does not own: the answer: the connection gives it when the exception leaves the chain.

namespace TinyHost;

/// <summary>The request turned out to be one the server must refuse. Let it pass: the peer is answered with <see cref="StatusCode"/>.</summary>
public sealed class RequestRejectedException : IOException
{
    /// <summary>A refusal for a reason, with a sentence for the log.</summary>
    public RequestRejectedException(RejectReason reason, string message) : base(message) => Reason = reason;

    /// <summary>A refusal for a reason, with a sentence for the log and its cause.</summary>
    public RequestRejectedException(RejectReason reason, string message, Exception cause) : base(message, cause) => Reason = reason;

    /// <summary>Why.</summary>
    public RejectReason Reason { get; }

    /// <summary>The status code of the answer.</summary>
    public int StatusCode => Reason.StatusCode();
}
