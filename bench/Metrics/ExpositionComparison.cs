// Owns: comparing the cost of exposing many histograms: encoding alone, and scraping over HTTP with and without gzip.

using System.Diagnostics;
using System.Globalization;

namespace TinyHost.Metrics.Benchmarks;

internal static class ExpositionComparison
{
    internal static async Task RunAsync(Report report, int rounds)
    {
        var contenders = Contender.Available.Where(contender => contender.Exposes);
        PeerProcess[] peers = [.. contenders.Select(contender => contender.Start("exposition"))];
        try
        {
            report.Line($"## Exposition of {Workload.Histograms:N0} histograms of {Workload.Boundaries.Length} buckets");
            report.Line();
            report.Line("GB/s of uncompressed text: median over the rounds (min–max). B: bytes allocated by the server per exposition.");
            report.Line();
            var measured = peers.ToDictionary(peer => peer, _ => new Results());
            using var scraper = new Scraper();
            for (var round = -2; round < rounds; round++)
            {
                foreach (var peer in peers)
                {
                    var results = round < 0 ? new Results() : measured[peer];
                    Encode(peer, results);
                    await ScrapeAsync(scraper, peer, results, gzip: false);
                    await ScrapeAsync(scraper, peer, results, gzip: true);
                }
            }

            report.Table(
                ["", "text, MB", "collect and encode, GB/s", "B", "scrape, GB/s", "B", "scrape with gzip, GB/s", "B", "gzip, MB"],
                peers.Select(peer => measured[peer].Row(peer.Name)));
            report.Table(
                ["TinyHost.Metrics ÷", "collect and encode", "scrape", "scrape with gzip"],
                peers.Skip(1).Select(peer => (string[])
                [
                    peer.Name,
                    measured[peers[0]].Encoded.ShowRatio(measured[peer].Encoded),
                    measured[peers[0]].Scraped.ShowRatio(measured[peer].Scraped),
                    measured[peers[0]].Compressed.ShowRatio(measured[peer].Compressed),
                ]));
        }
        finally
        {
            Array.ForEach(peers, peer => peer.Dispose());
        }
    }

    private static void Encode(PeerProcess peer, Results results)
    {
        // Repeat for 100 ms, but at least once.
        double nanoseconds = 0;
        var times = 0;
        double[] reply;
        do
        {
            reply = peer.Ask("encode");
            nanoseconds += reply[0];
            times++;
        }
        while (nanoseconds < 100e6);

        results.Length = reply[1];
        results.Encoded.Add(reply[1] * times / nanoseconds);
        results.EncodedAllocated = reply[2];
    }

    private static async Task ScrapeAsync(Scraper scraper, PeerProcess peer, Results results, bool gzip)
    {
        // The query itself allocates.
        var first = peer.Ask("allocated")[0];
        var before = peer.Ask("allocated")[0];
        var times = 0;
        long length;
        var began = Stopwatch.GetTimestamp();
        do
        {
            length = await scraper.ScrapeAsync(peer.Port, gzip);
            if (length < 0)
            {
                return;
            }

            times++;
        }
        while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromMilliseconds(100));

        var nanoseconds = Stopwatch.GetElapsedTime(began).TotalNanoseconds;
        var allocated = before < 0 ? -1 : (peer.Ask("allocated")[0] - before - (before - first)) / times;
        (gzip ? results.Compressed : results.Scraped).Add(results.Length * times / nanoseconds);
        if (gzip)
        {
            (results.CompressedLength, results.CompressedAllocated) = (length, allocated);
        }
        else
        {
            results.ScrapedAllocated = allocated;
        }
    }

    private sealed class Results
    {
        internal double Length { get; set; }

        internal Figures Encoded { get; } = new();

        internal double EncodedAllocated { get; set; }

        internal Figures Scraped { get; } = new();

        internal double ScrapedAllocated { get; set; }

        internal Figures Compressed { get; } = new();

        internal double CompressedAllocated { get; set; }

        internal double CompressedLength { get; set; }

        internal string[] Row(string name) =>
        [
            name,
            Megabytes(Length),
            Encoded.Show("0.000"),
            Bytes(EncodedAllocated),
            Scraped.Show("0.000"),
            Bytes(ScrapedAllocated),
            Compressed.Show("0.000"),
            Compressed.IsEmpty ? "–" : Bytes(CompressedAllocated),
            Compressed.IsEmpty ? "–" : Megabytes(CompressedLength),
        ];

        private static string Megabytes(double bytes) => (bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture);

        private static string Bytes(double bytes) => bytes < 0 ? "–" : bytes.ToString("#,0", CultureInfo.InvariantCulture);
    }
}
