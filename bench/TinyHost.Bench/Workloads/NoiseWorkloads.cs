// Owns: the workloads of valid requests amid malformed and aborted ones.

using System.Globalization;
using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

internal static class NoiseWorkloads
{
    public static IReadOnlyList<Workload> For(Probe valid) => [Of(0, valid), Of(10, valid), Of(50, valid)];

    private static NoiseWorkload Of(int percent, Probe valid)
    {
        var number = percent.ToString(CultureInfo.InvariantCulture);
        return new(new NoisyLoad(percent), valid)
        {
            Name = "noise-" + number,
            Family = "noise",
            Title = $"13-byte GET, where {number} % of all requests are malformed or aborted",
            Size = number + " %",
            MaxRounds = 3,
            Servers = [ServerRows.TinyHost, ServerRows.Kestrel, ServerRows.Nginx],
            Divisor = ServerRows.Kestrel,
            Measures = Measure.OfLoads,
        };
    }
}
