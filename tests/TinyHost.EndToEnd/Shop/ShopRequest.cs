// Owns: one request of the comparison, as text, and the values of earlier answers that it repeats.

namespace TinyHost.EndToEnd.Shop;

/// <summary>
/// A request. <c>{Name}</c> in its text stands for the last value of that field in the answers of the same server.
/// </summary>
/// <param name="Name">What is asked, beginning with the part of the shop.</param>
/// <param name="Text">The request as sent.</param>
/// <param name="Events">How many events are read of a stream without an end; null for a whole answer.</param>
internal sealed record ShopRequest(string Name, string Text, int? Events = null)
{
    private const string Close = "Connection: close\r\n";

    /// <summary>Whether the connection could serve another request, were it not for the field Connection.</summary>
    public bool Persists => Events is null && Text.Contains(Close, StringComparison.Ordinal);

    /// <summary>The request without that field.</summary>
    public string TextThatPersists => Text.Replace(Close, "", StringComparison.Ordinal);

    /// <summary>A request with fields and content, on a connection that ends with it. The content's length is added.</summary>
    public static ShopRequest Of(string name, string line, string fields = "", string? content = null, int? events = null) => new(
        name,
        $"{line} HTTP/1.1\r\nHost: shop\r\n{Close}{Lines(fields)}" +
            (content is null ? "\r\n" : $"Content-Length: {content.Length}\r\n\r\n{content}"),
        events);

    /// <summary>A request whose content is JSON.</summary>
    public static ShopRequest Json(string name, string line, string content, string fields = "") =>
        Of(name, line, "Content-Type: application/json" + (fields.Length == 0 ? "" : "\n" + fields), content);

    /// <summary>A request whose content is a form.</summary>
    public static ShopRequest Form(string name, string line, string content, string fields = "") =>
        Of(name, line, "Content-Type: application/x-www-form-urlencoded" + (fields.Length == 0 ? "" : "\n" + fields), content);

    private static string Lines(string fields) =>
        string.Concat(fields.Split('\n').Where(line => line.Length > 0).Select(line => line + "\r\n"));
}
