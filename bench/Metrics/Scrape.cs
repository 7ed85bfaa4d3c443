// Owns: scraping, and throwing away what comes.
// Does not own: measuring it.

namespace TinyHost.Metrics.Benchmarks;

/// <summary>One connection to each peer, kept where the peer keeps it.</summary>
internal sealed class Scrape : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.None });
    private readonly byte[] _discarded = new byte[262_144];

    /// <summary>Returns how many octets of content came; -1 when gzip was asked for and is not what came.</summary>
    internal async Task<long> RunAsync(int port, bool gzip)
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
