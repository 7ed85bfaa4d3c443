// Owns: the server's own short answers: to a refused request, a failed handler, a path outside every prefix.

using System.Globalization;
using System.Text;

namespace TinyHost;

internal static class ErrorResponse
{
    /// <summary>
    /// Replaces a response that has not started by plain text with the status and the reason, if one is given. No handler may be running.
    /// </summary>
    internal static void Set(ResponseWriter response, int statusCode, string? reason = null)
    {
        var why = reason is null ? "" : ": " + reason;
        response.Clear();
        response.StatusCode = statusCode;
        response.Fields.Add(new("Content-Type", "text/plain; charset=utf-8"));
        var text = string.Create(CultureInfo.InvariantCulture, $"{statusCode} {ReasonPhrase.For(statusCode)}{why}\n");
        response.Write(Encoding.UTF8.GetBytes(text));
    }
}
