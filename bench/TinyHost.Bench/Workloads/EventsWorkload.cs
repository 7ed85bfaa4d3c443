// Owns: measuring server-sent events from one source to many viewers.

using System.Globalization;
using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>
/// A new process for each measurement, since processes seldom return memory. After events to a few viewers, all connect: the memory is the
/// growth of the processes (PSS) until events have flowed to all of them for two seconds. All of this is the warm-up.
/// </summary>
internal sealed class EventsWorkload(int viewers, Probe probe) : Workload(probe)
{
    private const int FirstViewers = 10;

    private static readonly int[] s_sizes = [100, 300, 1_000];
    // Together three seconds, as in the workloads of wrk: until then code is compiled again.
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);
    private static readonly Measure[] s_measures =
        [Measure.EventProcessor, Measure.Deliveries, Measure.LastViewer, Measure.PerViewer];

    public override string Client =>
        $"{viewers} viewers; an event of 85 bytes is published with POST when all have received the one before";

    public static IEnumerable<Workload> All(Probe publish) => s_sizes.Select(viewers => new EventsWorkload(viewers, publish)
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"events-{viewers}"),
        Family = "events",
        MaxRounds = 3,
        Size = string.Create(CultureInfo.InvariantCulture, $"{viewers:N0} viewers"),
        Title = string.Create(CultureInfo.InvariantCulture, $"Server-sent events to {viewers:N0} viewers"),
        Servers = [ServerRows.TinyHost, ServerRows.Kestrel, ServerRows.Go],
        Divisor = ServerRows.Kestrel,
        Measures = s_measures,
    });

    public override TimeSpan Estimate(Settings settings, int servers) =>
        servers * Rounds(settings) * TimeSpan.FromSeconds(4 + settings.Duration);

    public override async Task CheckAsync(RunningServer server, CancellationToken cancellationToken)
    {
        await base.CheckAsync(server, cancellationToken);
        using var few = await EventViewers.OpenAsync(server, count: 2, cancellationToken);
    }

    public override async Task RunAsync(IReadOnlyList<Server> servers, Run run)
    {
        var rounds = Rounds(run.Settings);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var server in Rotation.Of(servers, round))
            {
                await MeasureAsync(server, round, rounds, run);
            }
        }
    }

    private async Task MeasureAsync(Server server, int round, int rounds, Run run)
    {
        await using var running = await RunningServer.StartAsync(server, Series, run.CancellationToken);
        await CheckAsync(running, run.CancellationToken);
        var processes = new ProcessTree(running.ProcessId);
        using (var few = await EventViewers.OpenAsync(running, FirstViewers, run.CancellationToken))
        {
            await few.PublishForAsync(s_first, run.CancellationToken);
        }

        var memoryBefore = processes.ProportionalBytes();
        using var all = await EventViewers.OpenAsync(running, viewers, run.CancellationToken);
        await all.PublishForAsync(s_warmUp, run.CancellationToken);
        var kibibytes = (processes.ProportionalBytes() - memoryBefore) / 1_024.0 / viewers;

        var before = processes.ProcessorMicroseconds();
        var times = await all.PublishForAsync(TimeSpan.FromSeconds(run.Settings.Duration), run.CancellationToken);
        var used = processes.ProcessorMicroseconds() - before;
        var deliveries = times.Count * (double)viewers;
        var rate = deliveries / (times.Sum() / 1_000);
        var median = times.Order().ElementAt(times.Count / 2);
        Add(run, server.Title, round, Measure.EventProcessor, used / deliveries);
        Add(run, server.Title, round, Measure.Deliveries, rate);
        Add(run, server.Title, round, Measure.LastViewer, median);
        Add(run, server.Title, round, Measure.PerViewer, kibibytes);
        await WriteProgressAsync(
            run, server.Title, round, rounds,
            $"{used / deliveries,7:N2} µs {rate,9:N0} events × viewers/s {median,7:N2} ms to the last {kibibytes,6:N1} KiB/viewer");
    }
}
