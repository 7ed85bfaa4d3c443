// Owns: comparing what a measurement with three tags costs.
// Does not own: the peers.

namespace TinyHost.Metrics.Benchmarks;

internal static class RecordingComparison
{
    private const int Count = 1_000_000;

    private static readonly (string Name, int Threads, int Sets)[] s_cases =
    [
        ("1 thread, one tag set", 1, 1),
        ("1 thread, 64 tag sets in turn", 1, Workload.MaxRecordedSets),
        ("2 threads, one tag set (contended)", 2, 1),
        ("2 threads, 64 tag sets in turn", 2, Workload.MaxRecordedSets),
    ];

    internal static void Run(Report report, int rounds)
    {
        PeerProcess[] peers = [.. Contender.Present.Where(contender => contender.Records).Select(contender => contender.Start("recording"))];
        try
        {
            report.Line("## Recording through a histogram with three tags");
            report.Line();
            report.Line("Nanoseconds of a thread for each measurement: the median of the rounds (least–greatest); octets allocated; and the median of the ratios round by round.");
            report.Line();
            foreach (var (name, threads, sets) in s_cases)
            {
                report.Line($"### {name}");
                report.Line();
                Compare(report, peers, rounds, threads, sets);
            }
        }
        finally
        {
            Array.ForEach(peers, peer => peer.Dispose());
        }
    }

    private static void Compare(Report report, PeerProcess[] peers, int rounds, int threads, int sets)
    {
        var nanoseconds = peers.ToDictionary(peer => peer, _ => new Figures());
        var allocated = peers.ToDictionary(peer => peer, _ => new Figures());

        // The rounds before the first let the runtimes compile what runs often.
        for (int round = -3; round < rounds; round++)
        {
            foreach (PeerProcess peer in peers)
            {
                double[] reply = peer.Ask($"record {threads} {sets} {Count}");
                if (round >= 0)
                {
                    nanoseconds[peer].Add(reply[0] / Count);
                    allocated[peer].Add(reply[1] / Count / threads);
                }
            }
        }

        Figures tinyHost = nanoseconds[peers[0]];
        Figures openTelemetry = nanoseconds[peers[1]];
        report.Table(
            ["", "ns", "B", "÷ TinyHost.Metrics", "÷ OpenTelemetry SDK"],
            peers.Select(peer => (string[])
            [
                peer.Name, nanoseconds[peer].Show("0.0"), allocated[peer].ShowMedian("0.0"), nanoseconds[peer].ShowRatio(tinyHost), nanoseconds[peer].ShowRatio(openTelemetry),
            ]));
    }
}
