// Owns: which fields a handler may set on its response (RFC 9110 §5, RFC 9112 §11.1), and which of them describe its content.

namespace TinyHost;

internal static class ResponseFieldRules
{
    /// <summary>
    /// Returns the value as it is sent. Throws <see cref="ArgumentException"/> for a name or value that would break the message, and
    /// <see cref="InvalidOperationException"/> for a field that the server writes itself.
    /// </summary>
    internal static string Validate(string name, string value)
    {
        if (!TokenText.IsToken(name))
        {
            throw new ArgumentException($"'{name}' is not a field name: it must be a token (RFC 9110 §5.1).", nameof(name));
        }

        if (IsUriReference(name))
        {
            // Browsers read a backslash as a slash and drop tabs: text of a request must not become the authority of a redirect.
            value = UriText.Encode(value);
        }

        ThrowIfForbidden(name, value);
        return Instead(name) is { } instead
            ? throw new InvalidOperationException($"{name} is written by the server itself: {instead}.")
            : value;
    }

    /// <summary>Whether a field describes the content (RFC 9110 §8, RFC 9530).</summary>
    // The security policy belongs to the site, whatever the content.
    internal static bool IsAboutContent(string name) =>
        name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)
            ? !name.StartsWith("Content-Security-Policy", StringComparison.OrdinalIgnoreCase)
            : Is(name, "ETag") || Is(name, "Last-Modified") || Is(name, "Accept-Ranges")
                || Is(name, "Repr-Digest") || Is(name, "Digest") || Is(name, "Trailer");

    // RFC 9110 §5.5: HTAB, SP, VCHAR and obs-text. A loop, because a search for a range allocates until it is compiled for good.
    private static void ThrowIfForbidden(string name, string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] is (< ' ' and not '\t') or '\u007f' or > '\u00ff')
            {
                throw new ArgumentException(
                    $"The value of {name} has the character U+{(int)value[i]:X4} at position {i}: a field value may hold no "
                    + "control character and none above U+00FF (RFC 9110 §5.5).",
                    nameof(value));
            }
        }
    }

    private static bool IsUriReference(string name) => name.Length switch
    {
        8 => Is(name, "Location"),
        16 => Is(name, "Content-Location"),
        _ => false,
    };

    private static string? Instead(string name) => name.Length switch
    {
        4 when Is(name, "Date") => "it is always the time of sending",
        10 when Is(name, "Connection") => "call Response.CloseConnection to close the connection",
        10 when Is(name, "Keep-Alive") => "ServerLimits.IdleTimeout says how long a connection is kept",
        14 when Is(name, "Content-Length") => "set Response.ContentLength",
        17 when Is(name, "Transfer-Encoding") => "content of unknown length is chunked",
        _ => null,
    };

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
