// Owns: how the error stage writes errors, and which exceptions it answers.

using System.Buffers;
using System.Text.Json;

namespace TinyHost;

/// <summary>Ways to answer errors, for <see cref="ErrorHandling.Wrap"/>.</summary>
public static class ErrorAnswers
{
    /// <summary>Answers with the error as text, such as <c>404 Not Found</c>.</summary>
    public static Task Text(RequestContext context, RequestError error)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(error);
        return context.Response.AnswerAsync(error.StatusCode, context.Request.Allocations.Make(error, static error => error + "\n"));
    }

    /// <summary>
    /// Answers with the error as <c>application/problem+json</c> (RFC 9457): <c>title</c>, <c>status</c>, and perhaps <c>detail</c>.
    /// </summary>
    public static Task Problem(RequestContext context, RequestError error)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(error);
        var response = context.Response;
        response.StatusCode = error.StatusCode;
        response.ResetContent();
        response.ContentType = "application/problem+json";
        using var json = context.Request.Allocations.Make(response, static response => new Utf8JsonWriter((IBufferWriter<byte>)response));
        json.WriteStartObject();
        json.WriteString("title", error.Title);
        json.WriteNumber("status", error.StatusCode);
        if (error.Detail is not null)
        {
            json.WriteString("detail", error.Detail);
        }

        json.WriteEndObject();
        return Task.CompletedTask;
    }

    /// <summary>The error to answer for an exception; null for one that is not to be answered.</summary>
    internal static RequestError? ErrorOf(Exception exception, RequestContext context)
    {
        if (HandlerFailure.IsError(exception, context))
        {
            return new RequestError(500, null, exception);
        }

        return HandlerFailure.RefusalIn(exception, context) is { } refusal
            ? new RequestError(refusal.StatusCode, refusal.Explanation, refusal)
            : null;
    }
}
