// Owns: writing text as a response's content.
// Does not own: JSON (Json).

using System.Text;

namespace TinyHost;

/// <summary>Text responses.</summary>
public static class ResponseText
{
    /// <summary>Writes text in UTF-8. Sets Content-Type to <c>text/plain; charset=utf-8</c> unless one is set.</summary>
    public static Task WriteTextAsync(this Response response, string text)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(text);
        response.ContentType ??= "text/plain; charset=utf-8";
        Encoding.UTF8.GetBytes(text, response);
        return Task.CompletedTask;
    }
}
