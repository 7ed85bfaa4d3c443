// Owns: comparing the cost of recording a measurement with three tags.

namespace TinyHost.Metrics.Benchmarks;

internal static class RecordingComparison
{
    private const int Count = 5_000_000;

    private static readonly (string Name, int Threads, int Sets)[] s_cases =
    [
        ("1 thread, one tag set", 1, 1),
        ("1 thread, 64 tag sets in turn", 1, Workload.MaxRecordedSets),
        ("2 threads, one tag set (contended)", 2, 1),
        ("2 threads, 64 tag sets in turn", 2, Workload.MaxRecordedSets),
    ];

    internal static void Run(Report report, int rounds)
    {
        var contenders = Contender.Available.Where(contender => contender.Records);
        PeerProcess[] peers = [.. contenders.Select(contender => contender.Start("recording"))];
        try
        {
            report.Line("## Recording through a histogram with three tags");
            report.Line();
            report.Line(
                "Nanoseconds per measurement and thread: median over the rounds (min–max); bytes allocated; "
                + "and median of the ratios within each round.");
            report.Line();
            WarmUp(peers);
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

    // Runtimes recompile hot code in the background, guided by profiles. Let that finish, with profiles of all cases.
    private static void WarmUp(PeerProcess[] peers)
    {
        for (var i = 0; i < 3; i++)
        {
            foreach (var peer in peers)
            {
                foreach (var (_, threads, sets) in s_cases)
                {
                    peer.Ask($"record {threads} {sets} {Count}");
                }
            }

            Thread.Sleep(300);
        }
    }

    private static void Compare(Report report, PeerProcess[] peers, int rounds, int threads, int sets)
    {
        var nanoseconds = peers.ToDictionary(peer => peer, _ => new Figures());
        var allocated = peers.ToDictionary(peer => peer, _ => new Figures());

        for (var round = -1; round < rounds; round++)
        {
            foreach (var peer in peers)
            {
                var reply = peer.Ask($"record {threads} {sets} {Count}");
                if (round >= 0)
                {
                    nanoseconds[peer].Add(reply[0] / Count);
                    allocated[peer].Add(reply[1] / Count / threads);
                }
            }
        }

        var tinyHost = nanoseconds[peers[0]];
        var openTelemetry = nanoseconds[peers[1]];
        report.Table(
            ["", "ns", "B", "÷ TinyHost.Metrics", "÷ OpenTelemetry SDK"],
            peers.Select(peer => (string[])
            [
                peer.Name,
                nanoseconds[peer].Show("0.0"),
                allocated[peer].ShowMedian("0.0"),
                nanoseconds[peer].ShowRatio(tinyHost),
                nanoseconds[peer].ShowRatio(openTelemetry),
            ]));
    }
}
