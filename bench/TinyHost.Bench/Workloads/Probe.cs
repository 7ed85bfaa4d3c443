// Owns: asking a server once and comparing its answer with the right one.
// Does not own: what is asked (Catalog).

using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Workloads;

/// <summary>A request and what its answer must be.</summary>
internal sealed record Probe(HttpMethod Method, string Path)
{
    /// <summary>The content of the request; null for none.</summary>
    public byte[]? Content { get; init; }

    public string ContentType { get; init; } = "application/json";

    /// <summary>The content of the response as text; JSON is compared as JSON.</summary>
    public string? Expected { get; init; }

    /// <summary>The length of the response's content, where it is too long to spell.</summary>
    public int? ExpectedLength { get; init; }

    /// <summary>Throws <see cref="BenchException"/> when the answer is another.</summary>
    public async Task CheckAsync(RunningServer server, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(Method, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{server.Port}{Path}")));
        if (Content is not null)
        {
            request.Content = new ByteArrayContent(Content) { Headers = { ContentType = new MediaTypeHeaderValue(ContentType) } };
        }

        using var response = await client.SendAsync(request, cancellationToken);
        var content = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (!response.IsSuccessStatusCode || !IsExpected(content))
        {
            throw new BenchException(
                $"{server.Server.Title} answers {Method} {Path} wrongly: {(int)response.StatusCode} with {content.Length} octets: '{Beginning(content)}'; right would be 200 with {Expected ?? $"{ExpectedLength} octets"}.");
        }
    }

    private bool IsExpected(byte[] content) =>
        Expected is null ? content.Length == ExpectedLength
        : Expected.StartsWith('{') ? IsSameJson(content, Expected)
        : Encoding.UTF8.GetString(content) == Expected;

    private static bool IsSameJson(byte[] content, string expected)
    {
        try
        {
            return JsonNode.DeepEquals(JsonNode.Parse(content), JsonNode.Parse(expected));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Beginning(byte[] content) => Encoding.UTF8.GetString(content.AsSpan(0, Math.Min(content.Length, 200)));
}
