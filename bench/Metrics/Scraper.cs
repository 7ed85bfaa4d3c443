// Owns: a scraper that discards what it reads.

namespace TinyHost.Metrics.Benchmarks;

/// <summary>Uses one connection per peer, persistent if the peer allows it.</summary>
internal sealed class Scraper : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.None });
    private readonly byte[] _discarded = new byte[262_144];

    /// <summary>Returns the length of the received content in bytes, or -1 if its encoding is not the requested one.</summary>
    internal async Task<long> ScrapeAsync(int port, bool gzip)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/metrics");
        request.Headers.Add("Accept", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1");
        request.Headers.Add("Accept-Encoding", gzip ? "gzip" : "identity");
        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        var compressed = response.Content.Headers.ContentEncoding.Contains("gzip");
        await using var content = await response.Content.ReadAsStreamAsync();
        long length = 0;
        for (int read; (read = await content.ReadAsync(_discarded)) > 0; length += read)
        {
        }

        return compressed == gzip ? length : -1;
    }

    public void Dispose() => _client.Dispose();
}
