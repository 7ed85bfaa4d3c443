// Owns: the server's own short answers: a refused request, a failed handler, a path outside every prefix.
// Does not own: when they are given (Outcome).

using System.Globalization;
using System.Text;

namespace TinyHost;

internal static class Rejection
{
    /// <summary>
    /// Turns a response that has not started into a plain-text one that names its status, and the reason where there is one. For the connection:
    /// no handler is at work.
    /// </summary>
    internal static void Answer(ResponseWriter response, int statusCode, RejectReason reason = RejectReason.None)
    {
        response.Clear();
        response.StatusCode = statusCode;
        response.Fields.Set(ResponseFields.ContentType, "text/plain; charset=utf-8");
        response.Write(Text(statusCode, reason));
    }

    private static byte[] Text(int statusCode, RejectReason reason)
    {
        // The status line holds the reason phrase: HTTP/1.1 SP 3DIGIT SP phrase CRLF.
        var phrase = Encoding.ASCII.GetString(StatusLine.For(statusCode)[13..]).TrimEnd();
        var why = reason == RejectReason.None ? "" : ": " + reason.Name().Replace('_', ' ');
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{statusCode} {phrase}{why}\n"));
    }
}
