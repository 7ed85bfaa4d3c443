// Owns: the peer's side of the protocol: commands on standard input, figures on standard output.

using System.Diagnostics;
using System.Globalization;

namespace TinyHost.Metrics.Benchmarks;

/// <summary>
/// Prints <c>ready PORT</c> (0 without a port), then replies to commands: <c>record THREADS SETS COUNT</c> → nanoseconds and bytes
/// allocated; <c>encode</c> → nanoseconds, length and bytes allocated; <c>allocated</c> → bytes allocated since the start. Returns at the
/// end of the input.
/// </summary>
internal static class PeerLoop
{
    internal static async Task RunAsync(Peer peer, string role)
    {
        var port = 0;
        if (role == "recording")
        {
            peer.StartRecording();
        }
        else
        {
            port = await peer.StartServingAsync();
        }

        Reply("ready", port);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            switch (words[0])
            {
                case "record":
                    int[] numbers = [.. words.Skip(1).Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
                    var (nanoseconds, allocated) = Record(peer, numbers[0], numbers[1], numbers[2]);
                    Reply(nanoseconds, allocated);
                    break;
                case "encode":
                    var before = GC.GetTotalAllocatedBytes(precise: true);
                    var began = Stopwatch.GetTimestamp();
                    var length = await peer.EncodeAsync();
                    var after = GC.GetTotalAllocatedBytes(precise: true);
                    Reply(NanosecondsSince(began), length, after - before);
                    break;
                case "allocated":
                    Reply(GC.GetTotalAllocatedBytes(precise: true));
                    break;
                default:
                    throw new InvalidOperationException($"Unknown command '{line}'.");
            }
        }
    }

    private static (long Nanoseconds, long Allocated) Record(Peer peer, int threads, int sets, int count)
    {
        using var barrier = new Barrier(threads + 1);
        Thread[] recorders = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            barrier.SignalAndWait();
            peer.Record(sets, count);
            barrier.SignalAndWait();
        }))];
        foreach (var recorder in recorders)
        {
            recorder.Start();
        }

        var before = GC.GetTotalAllocatedBytes(precise: true);
        var began = Stopwatch.GetTimestamp();
        barrier.SignalAndWait();
        barrier.SignalAndWait();
        var nanoseconds = NanosecondsSince(began);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        foreach (var recorder in recorders)
        {
            recorder.Join();
        }

        return (nanoseconds, allocated);
    }

    private static long NanosecondsSince(long began) => (long)Stopwatch.GetElapsedTime(began).TotalNanoseconds;

    private static void Reply(params object[] words) => Console.Out.WriteLine(string.Join(' ', words));
}
