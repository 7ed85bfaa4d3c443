// Owns: comparing what an exposition of many histograms costs: encoding alone, and a scrape over HTTP, compressed and not.
// Does not own: the peers.

using System.Diagnostics;

namespace TinyHost.Metrics.Benchmarks;

internal static class ExpositionComparison
{
    internal static async Task RunAsync(Report report, int rounds)
    {
        PeerProcess[] peers = [.. Contender.Present.Where(contender => contender.Exposes).Select(contender => contender.Start("exposition"))];
        try
        {
            report.Line($"## Exposition of {Workload.Histograms:N0} histograms of {Workload.Boundaries.Length} buckets");
            report.Line();
            report.Line("GB/s of text, before compression: the median of the rounds (least–greatest); octets allocated by the server for each.");
            report.Line();
            var measured = peers.ToDictionary(peer => peer, _ => new Measured());
            using var scraper = new Scrape();
            for (var round = -2; round < rounds; round++)
            {
                foreach (var peer in peers)
                {
                    var into = round < 0 ? new Measured() : measured[peer];
                    Encode(peer, into);
                    await ScrapeAsync(scraper, peer, into, gzip: false);
                    await ScrapeAsync(scraper, peer, into, gzip: true);
                }
            }

            report.Table(
                ["", "text, MB", "collected and encoded, GB/s", "B", "scraped, GB/s", "B", "scraped with gzip, GB/s", "B", "gzip, MB"],
                peers.Select(peer => measured[peer].Row(peer.Name)));
            report.Table(
                ["TinyHost.Metrics ÷", "collected and encoded", "scraped", "scraped with gzip"],
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

    private static void Encode(PeerProcess peer, Measured into)
    {
        // As many as take a moment, but one where one takes long.
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

        into.Length = reply[1];
        into.Encoded.Add(reply[1] * times / nanoseconds);
        into.EncodedAllocated = reply[2];
    }

    private static async Task ScrapeAsync(Scrape scrape, PeerProcess peer, Measured into, bool gzip)
    {
        // Asking costs the peer something itself.
        var first = peer.Ask("allocated")[0];
        var before = peer.Ask("allocated")[0];
        var times = 0;
        long length;
        var began = Stopwatch.GetTimestamp();
        do
        {
            length = await scrape.RunAsync(peer.Port, gzip);
            if (length < 0)
            {
                return;
            }

            times++;
        }
        while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromMilliseconds(100));

        var nanoseconds = Stopwatch.GetElapsedTime(began).TotalNanoseconds;
        var allocated = before < 0 ? -1 : (peer.Ask("allocated")[0] - before - (before - first)) / times;
        (gzip ? into.Compressed : into.Scraped).Add(into.Length * times / nanoseconds);
        if (gzip)
        {
            (into.CompressedLength, into.CompressedAllocated) = (length, allocated);
        }
        else
        {
            into.ScrapedAllocated = allocated;
        }
    }

    private sealed class Measured
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
            Octets(EncodedAllocated),
            Scraped.Show("0.000"),
            Octets(ScrapedAllocated),
            Compressed.Show("0.000"),
            Compressed.IsEmpty ? "–" : Octets(CompressedAllocated),
            Compressed.IsEmpty ? "–" : Megabytes(CompressedLength),
        ];

        private static string Megabytes(double octets) => (octets / 1e6).ToString("0.0", System.Globalization.CultureInfo.InvariantCulture);

        private static string Octets(double octets) => octets < 0 ? "–" : octets.ToString("#,0", System.Globalization.CultureInfo.InvariantCulture);
    }
}
