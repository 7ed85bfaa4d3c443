// Owns: an answer as bytes, and as the parts in which two servers' answers are compared.

using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Shop;

internal sealed partial class ShopAnswer
{
    private const string EventEnd = "\n\n";

    private readonly SortedDictionary<string, string> _parts;

    private ShopAnswer(SortedDictionary<string, string> parts, IReadOnlyDictionary<string, string> fields)
    {
        _parts = parts;
        Fields = fields;
    }

    /// <summary>
    /// Status line, fields by name, framing, and content: each member of a JSON object, or all. Times, tags and random values are replaced.
    /// </summary>
    public IReadOnlyDictionary<string, string> Parts => _parts;

    /// <summary>The fields as received, and the cookie <c>session</c>.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; }

    /// <summary>
    /// Sends a request on a connection of its own and reads until the server closes it, or until this many events have arrived.
    /// </summary>
    public static async Task<ShopAnswer> ReadAsync(int port, string request, int? events) =>
        Parse(await ReadTextAsync(port, request, events), events);

    /// <summary>Reads the same as text.</summary>
    public static async Task<string> ReadTextAsync(int port, string request, int? events)
    {
        using var deadline = Deadline.Start();
        using var connection = await RawConnection.OpenAsync(port);
        var sending = SendAsync(connection, request, deadline.Token);
        var text = new StringBuilder();
        var buffer = new byte[16_384];
        try
        {
            while (events is null || CountEvents(text.ToString()) < events)
            {
                var length = await connection.Stream.ReadAsync(buffer, deadline.Token);
                if (length == 0)
                {
                    break;
                }

                text.Append(Encoding.Latin1.GetString(buffer, 0, length));
            }
        }
        catch (IOException e) when (e.InnerException is SocketException && text.Length > 0)
        {
            // Kestrel resets a connection whose content it does not read. What has arrived is the answer.
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The answer does not end. Request:\n{request[..Math.Min(request.Length, 500)]}\nAnswer so far:\n{text}");
        }

        await sending;
        return text.ToString();
    }

    /// <summary>Adds what was found out about the answer in another way.</summary>
    public void Add(string part, string value) => _parts.Add(part, value);

    private static async Task SendAsync(RawConnection connection, string request, CancellationToken cancellationToken)
    {
        try
        {
            await connection.SendAsync(request, cancellationToken);
        }
        catch (IOException e) when (e.InnerException is SocketException)
        {
            // A server need not read content that it refuses.
        }
    }

    private static ShopAnswer Parse(string text, int? events)
    {
        var parts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (text.StartsWith("HTTP/1.1 100 ", StringComparison.Ordinal))
        {
            parts["interim answer"] = "100 Continue";
            text = text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        }

        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Assert.True(end > 0, $"Not an answer: '{text}'");
        var lines = text[..end].Split("\r\n");
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var (name, value) = (line[..colon], line[(colon + 1)..].Trim());
            fields[name] = fields.TryGetValue(name, out var earlier) ? $"{earlier}, {value}" : value;
        }

        var content = text[(end + 4)..];
        var isChunked = fields.Remove("Transfer-Encoding");
        parts["status"] = lines[0]["HTTP/1.1 ".Length..];
        parts["framing"] = isChunked ? "chunked" : fields.Remove("Content-Length") ? "Content-Length" : "none";
        foreach (var (name, value) in fields)
        {
            parts[name] = Replace(name, value);
        }

        content = isChunked ? Join(content) : content;
        // More events than asked for may have arrived.
        AddContent(parts, events is { } count ? string.Join(EventEnd, content.Split(EventEnd).Take(count)) : content);
        fields["session"] = Session().Match(fields.GetValueOrDefault("Set-Cookie", "")).Groups[1].Value;
        return new ShopAnswer(parts, fields);
    }

    private static void AddContent(SortedDictionary<string, string> parts, string content)
    {
        if (!content.StartsWith('{') || !content.EndsWith('}'))
        {
            parts["content"] = content.Length == 0 ? "none" : content.ReplaceLineEndings("\\n");
            return;
        }

        using var document = JsonDocument.Parse(Encoding.Latin1.GetBytes(content));
        foreach (var member in document.RootElement.EnumerateObject())
        {
            parts[$"member {member.Name}"] = member.Name == "traceId" ? "(trace)" : member.Value.ToString();
        }
    }

    private static string Replace(string name, string value) => name switch
    {
        "Date" or "Last-Modified" when DateTimeOffset.TryParseExact(value, "r", CultureInfo.InvariantCulture, default, out _) => "(time)",
        "ETag" => Tag().Replace(value, "\"(tag)\""),
        "X-Request-Id" when Guid.TryParseExact(value, "D", out _) => "(id)",
        "Set-Cookie" => Session().Replace(value, "session=(session)"),
        _ => value,
    };

    private static int CountEvents(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return end < 0 ? 0 : Join(text[(end + 4)..]).Split(EventEnd).Length - 1;
    }

    /// <summary>The content of chunks. A stream that is cut off ends in an incomplete one.</summary>
    private static string Join(string chunks)
    {
        var content = new StringBuilder();
        while (chunks.Length > 0)
        {
            var line = chunks.IndexOf("\r\n", StringComparison.Ordinal);
            if (line < 0)
            {
                break;
            }

            var length = int.Parse(chunks[..line], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var data = chunks[(line + 2)..];
            content.Append(data[..Math.Min(length, data.Length)]);
            chunks = data.Length < length + 2 ? "" : data[(length + 2)..];
        }

        return content.ToString();
    }

    [GeneratedRegex("\"[0-9a-f-]+\"")]
    private static partial Regex Tag();

    [GeneratedRegex("session=([0-9A-F]{32})")]
    private static partial Regex Session();
}
