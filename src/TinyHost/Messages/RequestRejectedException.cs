// Owns: how a refusal of the request's content reaches the handler.

namespace TinyHost;

/// <summary>
/// Thrown by reads of the content, or by a handler, to answer with <see cref="StatusCode"/>. It is an <see cref="IOException"/>: a
/// <c>catch (IOException)</c> meant for a lost peer catches it too.
/// </summary>
public sealed class RequestRejectedException : IOException
{
    /// <summary>
    /// Refuses the request for <paramref name="reason"/>; <paramref name="message"/> is for your log. Throws
    /// <see cref="ArgumentOutOfRangeException"/> for <see cref="RejectReason.None"/> and for a value that is not a reason.
    /// </summary>
    public RequestRejectedException(RejectReason reason, string message) : base(message) => Reason = Validate(reason);

    /// <summary>
    /// Refuses the request for <paramref name="reason"/>; <paramref name="message"/> and <paramref name="cause"/> are for your log. Throws
    /// <see cref="ArgumentOutOfRangeException"/> as the other constructor does.
    /// </summary>
    public RequestRejectedException(RejectReason reason, string message, Exception cause) : base(message, cause) =>
        Reason = Validate(reason);

    /// <summary>Why the request is refused.</summary>
    public RejectReason Reason { get; }

    /// <summary>The status code of the answer.</summary>
    public int StatusCode => Reason.StatusCode();

    /// <summary>
    /// What the client is told beyond the reason, such as <c>query parameter 'page' is not a valid Int32</c>; null, the default, for
    /// nothing.
    /// </summary>
    public string? Detail { get; init; }

    /// <summary>Reason and detail in words, for the client.</summary>
    internal string Explanation => Detail is null ? Reason.Words() : $"{Reason.Words()}: {Detail}";

    /// <summary>The exception for content that the server has refused.</summary>
    internal static RequestRejectedException OfContent(Http1Connection http1) =>
        new(http1.Rejection, $"The request's content was refused: {http1.Rejection.Name()}.")
        {
            Detail = http1.ContentReader.Limits.RefusalDetail,
        };

    private static RejectReason Validate(RejectReason reason) => reason != RejectReason.None && Enum.IsDefined(reason)
        ? reason
        : throw new ArgumentOutOfRangeException(nameof(reason), reason, "Not a reason to refuse a request.");
}
