// Owns: writing text as a response's content.
// Does not own: JSON (Json).

using System.Text.Unicode;

namespace TinyHost;

/// <summary>Text responses.</summary>
public static class ResponseText
{
    // What is longer is not held whole for a peer that reads slowly.
    private const int LongestHeld = 65_536;

    private const int PieceSize = 32_768;

    private const string PlainText = "text/plain; charset=utf-8";

    /// <summary>
    /// Writes text in UTF-8. Sets Content-Type to <c>text/plain; charset=utf-8</c> unless one is set. Text of more than 65,536 characters is
    /// sent while it is encoded, and waits for a slow peer.
    /// </summary>
    public static Task WriteTextAsync(this Response response, string text)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > LongestHeld)
        {
            response.ContentType ??= PlainText;
            return SendInPiecesAsync(response, text);
        }

        response.WriteText(text, PlainText);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Answers with a status and a short text in UTF-8, in place of whatever content was written before: sets StatusCode and Content-Type
    /// (<c>text/plain; charset=utf-8</c>), and drops the fields of earlier content as <see cref="Response.ResetContent"/> does. All other
    /// fields stay. Throws <see cref="InvalidOperationException"/> once the response has started.
    /// </summary>
    public static Task AnswerAsync(this Response response, int statusCode, string text)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(text);
        response.StatusCode = statusCode;
        response.ResetContent();
        return response.WriteTextAsync(text);
    }

    private static async Task SendInPiecesAsync(Response response, string text)
    {
        for (var done = 0; done < text.Length;)
        {
            Utf8.FromUtf16(text.AsSpan(done), response.GetSpan(PieceSize), out var characters, out var octets);
            response.Advance(octets);
            done += characters;
            await response.FlushAsync().ConfigureAwait(false);
        }
    }
}
