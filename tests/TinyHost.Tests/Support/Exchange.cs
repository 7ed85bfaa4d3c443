// Owns: sending one request and reading its response over a connection in memory, for tests of handlers and stages.

using System.Globalization;
using System.Text;

namespace TinyHost.Tests.Support;

internal static class Exchange
{
    internal static Task<RawResponse> GetAsync(this Func<RequestContext, Task> app, string target, params string[] fieldLines) =>
        app.SendAsync("GET", target, "", fieldLines);

    /// <summary>Sends a request with UTF-8 content and reads the response, which must not be chunked.</summary>
    internal static async Task<RawResponse> SendAsync(
        this Func<RequestContext, Task> app, string method, string target, string content = "", params string[] fieldLines)
    {
        var octets = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(content));
        string[] lines = [$"{method} {target} HTTP/1.1", "Host: test", $"Content-Length: {octets.Length}", .. fieldLines, "", octets];
        return Read(await MemoryServer.ExchangeAsync(string.Join("\r\n", lines), app));
    }

    /// <summary>The value of the only field line with that name; null if there is none.</summary>
    internal static string? Field(this RawResponse response, string name) => response.Fields[name].SingleOrDefault();

    private static RawResponse Read(string sent)
    {
        var end = sent.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Assert.True(end > 0 && sent.StartsWith("HTTP/1.1 ", StringComparison.Ordinal), $"Not a response: '{sent}'.");
        var lines = sent[..end].Split("\r\n");
        var fields = lines.Skip(1)
            .Select(line => line.Split(": ", 2))
            .ToLookup(parts => parts[0], parts => parts[1], StringComparer.OrdinalIgnoreCase);
        var content = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(sent[(end + 4)..]));
        return new RawResponse(int.Parse(lines[0].AsSpan(9, 3), CultureInfo.InvariantCulture), sent[..(end + 4)], fields, content);
    }
}
