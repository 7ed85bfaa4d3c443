// Owns: sending one request and checking the response.

using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Workloads;

/// <summary>A request and its expected response.</summary>
internal sealed record Probe(HttpMethod Method, string Path)
{
    /// <summary>The request's content, if any.</summary>
    public byte[]? Content { get; init; }

    public string ContentType { get; init; } = "application/json";

    /// <summary>The expected content as text; JSON is compared as JSON.</summary>
    public string? Expected { get; init; }

    /// <summary>The expected status.</summary>
    public HttpStatusCode ExpectedStatus { get; init; } = HttpStatusCode.OK;

    /// <summary>The expected length, for content too long to compare.</summary>
    public int? ExpectedLength { get; init; }

    /// <summary>The expected media type, for content that servers write differently.</summary>
    public string? ExpectedType { get; init; }

    /// <summary>Throws <see cref="BenchException"/> if the response is not as expected.</summary>
    public async Task CheckAsync(RunningServer server, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler();
        // The certificate of the benchmarks is self-signed.
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null;
        using var client = new HttpClient(handler);
        var uri = new Uri(string.Create(CultureInfo.InvariantCulture, $"{server.Scheme}://127.0.0.1:{server.Port}{Path}"));
        using var request = new HttpRequestMessage(Method, uri);
        if (Content is not null)
        {
            request.Content = new ByteArrayContent(Content) { Headers = { ContentType = new MediaTypeHeaderValue(ContentType) } };
        }

        using var response = await client.SendAsync(request, cancellationToken);
        var content = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (response.StatusCode != ExpectedStatus || !(ExpectedType is null ? IsExpected(content) : IsExpectedType(response)))
        {
            throw new BenchException(
                $"{server.Title} answers {Method} {Path} with {(int)response.StatusCode} and {content.Length} bytes: '{Start(content)}'; "
                + $"expected {(int)ExpectedStatus} and {Expected ?? ExpectedType ?? $"{ExpectedLength} bytes"}.");
        }
    }

    /// <summary>Whether a text is the expected content.</summary>
    public bool Accepts(string text) => IsExpected(Encoding.UTF8.GetBytes(text));

    private bool IsExpected(byte[] content) =>
        Expected is null ? content.Length == ExpectedLength
        : Expected.StartsWith('{') ? IsSameJson(content, Expected)
        : Encoding.UTF8.GetString(content) == Expected;

    private bool IsExpectedType(HttpResponseMessage response) => response.Content.Headers.ContentType?.MediaType == ExpectedType;

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

    private static string Start(byte[] content) => Encoding.UTF8.GetString(content.AsSpan(0, Math.Min(content.Length, 200)));
}
