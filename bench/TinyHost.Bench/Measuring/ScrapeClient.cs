// Owns: scraping a server's metrics port as a Prometheus server would, over one connection.
// Does not own: what the scrapes cost (ScrapeWorkload).

using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Measuring;

/// <summary>A scraper that throws away what it gets.</summary>
internal sealed class ScrapeClient : IDisposable
{
    /// <summary>The one format that all the servers know.</summary>
    public const string Accept = "text/plain;version=0.0.4";

    private readonly RunningServer _server;
    private readonly bool _gzip;
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromMinutes(2) };
    private readonly byte[] _piece = new byte[65_536];

    public ScrapeClient(RunningServer server, bool gzip)
    {
        _server = server;
        _gzip = gzip;
        _client.BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{server.MetricsPort}/metrics"));
        _client.DefaultRequestHeaders.Add("Accept", Accept);
        _client.DefaultRequestHeaders.Add("Accept-Encoding", gzip ? "gzip" : "identity");
    }

    /// <summary>
    /// Scrapes one after the other, the beginnings an interval apart at the least, until the time is over and there were so many. Returns how
    /// many, how long and how many octets.
    /// </summary>
    public async Task<(int Scrapes, TimeSpan Elapsed, long Bytes)> ScrapeForAsync(
        TimeSpan time, int fewest, TimeSpan interval, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        long bytes = 0;
        var scrapes = 0;
        for (; watch.Elapsed < time || scrapes < fewest; scrapes++)
        {
            using var response = await SendAsync(cancellationToken);
            await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
            int read;
            while ((read = await content.ReadAsync(_piece, cancellationToken)) > 0)
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

    /// <summary>How many lines of one scrape are samples of metrics whose names begin so.</summary>
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
        return !response.IsSuccessStatusCode ? throw new BenchException($"{_server.Server.Title} answers a scrape with {(int)response.StatusCode}.")
            : response.Content.Headers.ContentEncoding.Contains("gzip") != _gzip ? throw new BenchException($"{_server.Server.Title} does not heed Accept-Encoding.")
            : response;
    }
}
