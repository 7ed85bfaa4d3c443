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

    /// <summary>
    /// Writes text in UTF-8. Sets Content-Type to <c>text/plain; charset=utf-8</c> unless one is set. Text of more than 65,536 characters is
    /// sent while it is encoded, and waits for a slow peer.
    /// </summary>
    public static Task WriteTextAsync(this Response response, string text)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(text);
        response.ContentType ??= "text/plain; charset=utf-8";
        if (text.Length > LongestHeld)
        {
            return SendInPiecesAsync(response, text);
        }

        response.WriteText(text);
        return Task.CompletedTask;
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
