// Owns: the ratios that TinyHost is meant to reach, and which rows they are taken from.
// Does not own: judging them (ReachTable).

using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Reporting;

/// <summary>One row of TinyHost's by one divisor, in one measure of one workload; without a divisor, the value itself.</summary>
internal sealed record Reach(string What, string Mode, string Workload, Measure Measure, Server Row, Server? Divisor, Target Target);
