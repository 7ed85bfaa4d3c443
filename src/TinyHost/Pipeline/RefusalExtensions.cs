// Owns: refusing a request from a stage, so that it is counted and logged under its reason.

namespace TinyHost;

/// <summary>Refusing requests, for stages that guard a handler.</summary>
public static class RefusalExtensions
{
    /// <summary>
    /// Answers with the status of <paramref name="reason"/>, as <see cref="Response.AnswerErrorAsync"/> does. The request is counted in
    /// <c>tinyhost.requests.rejected</c> under the reason, which is also in the access log. Fields set before stay, such as Retry-After.
    /// Only before the response has started. Throws <see cref="ArgumentOutOfRangeException"/> for <see cref="RejectReason.None"/> and for
    /// a value that is not a reason.
    /// </summary>
    public static Task RefuseAsync(this RequestContext context, RejectReason reason)
    {
        ArgumentNullException.ThrowIfNull(context);
        var name = reason == RejectReason.None || !Enum.IsDefined(reason) ? "" : reason.Words();
        context.AnsweredRefusal = new RequestRejectedException(reason, name);
        return context.Response.AnswerErrorAsync(reason.StatusCode(), name);
    }
}
