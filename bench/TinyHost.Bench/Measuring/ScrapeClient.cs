// Owns: scraping a server's metrics port as Prometheus does, over one connection.

using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Measuring;

/// <summary>A scraper that discards what it reads.</summary>
internal sealed class ScrapeClient : IDisposable
{
    /// <summary>The one format that all servers support.</summary>
    public const string Accept = "text/plain;version=0.0.4";

    private readonly RunningServer _server;
    private readonly bool _gzip;
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromMinutes(2) };
    private readonly byte[] _buffer = new byte[65_536];

    public ScrapeClient(RunningServer server, bool gzip, string query = "")
    {
        _server = server;
        _gzip = gzip;
        _client.BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{server.MetricsPort}/metrics{query}"));
        _client.DefaultRequestHeaders.Add("Accept", Accept);
        _client.DefaultRequestHeaders.Add("Accept-Encoding", gzip ? "gzip" : "identity");
    }

    /// <summary>
    /// Scrapes repeatedly, starting at most one scrape per interval, until both the time is over and the minimum count is reached.
    /// Returns the number of scrapes, the time taken and the bytes received.
    /// </summary>
    public async Task<(int Scrapes, TimeSpan Elapsed, long Bytes)> ScrapeForAsync(
        TimeSpan time, int minimum, TimeSpan interval, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        long bytes = 0;
        var scrapes = 0;
        for (; watch.Elapsed < time || scrapes < minimum; scrapes++)
        {
            using var response = await SendAsync(cancellationToken);
            await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
            int read;
            while ((read = await content.ReadAsync(_buffer, cancellationToken)) > 0)
            {
                bytes += read;
            }

            var pause = ((scrapes + 1) * interval) - watch.Elapsed;
            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, cancellationToken);
            }
        }

        return (scrapes, watch.Elapsed, bytes);
    }

    /// <summary>Scrapes once and counts the samples of metrics whose names start with the prefix.</summary>
    public async Task<int> CountSeriesAsync(string prefix, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(cancellationToken);
        var content = await response.Content.ReadAsStreamAsync(cancellationToken);
        await using var text = _gzip ? new GZipStream(content, CompressionMode.Decompress) : content;
        using var reader = new StreamReader(text);
        var count = 0;
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            count += line.StartsWith(prefix, StringComparison.Ordinal) ? 1 : 0;
        }

        return count;
    }

    public void Dispose() => _client.Dispose();

    private async Task<HttpResponseMessage> SendAsync(CancellationToken cancellationToken)
    {
        var response = await _client.GetAsync((Uri?)null, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return !response.IsSuccessStatusCode
            ? throw new BenchException($"{_server.Title} answers a scrape with {(int)response.StatusCode}.")
            : response.Content.Headers.ContentEncoding.Contains("gzip") != _gzip
            ? throw new BenchException($"{_server.Title} ignores Accept-Encoding.")
            : response;
    }
}
