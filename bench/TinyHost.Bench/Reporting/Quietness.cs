// Owns: whether the machine was quiet during a run, judged by nginx: a server that no change of this repository makes faster or slower.

using System.Globalization;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Reporting;

internal static class Quietness
{
    // What nginx reaches on the two processors of the targets when nothing else runs there; other processes take a third of it or more.
    private const double QuietRate = 100_000;

    private const string Workload = "keepalive";

    /// <summary>A sentence about the machine.</summary>
    public static string Describe(Results results) =>
        results.Of(Workload, ServerRows.Nginx.Title, Measure.Rate) is not { } nginx
            ? $"unknown: this run has no {Workload} with nginx"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{(nginx.Median < QuietRate ? "**no**" : "yes")}: nginx reached {nginx.Median:N0} requests/s in {Workload}; ")
            + string.Create(CultureInfo.InvariantCulture, $"a quiet machine with the processors of the targets reaches {QuietRate:N0}");
}
