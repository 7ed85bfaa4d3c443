// Owns: an error as it is answered: what the client may know, and the exception that it must not see.

using System.Globalization;

namespace TinyHost;

/// <summary>An error that a request is to be answered with (<see cref="ErrorHandling"/>).</summary>
public sealed class RequestError
{
    internal RequestError(int statusCode, string? detail, Exception? exception = null)
    {
        StatusCode = statusCode;
        Detail = detail;
        Exception = exception;
    }

    /// <summary>The status code, 400–599.</summary>
    public int StatusCode { get; }

    /// <summary>The meaning of the status code, such as <c>Not Found</c>; empty for an unknown code.</summary>
    public string Title => ReasonPhrase.For(StatusCode);

    /// <summary>What is wrong, in words for the client; null for nothing more than <see cref="Title"/>.</summary>
    public string? Detail { get; }

    /// <summary>The exception of the handler, or the refusal. It is for the log: its message may hold secrets. Null without one.</summary>
    public Exception? Exception { get; }

    /// <summary>Returns the error as text, such as <c>413 Content Too Large: body too large</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{StatusCode} {Title}{(Detail is null ? "" : ": " + Detail)}");
}
