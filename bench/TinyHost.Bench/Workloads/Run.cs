// Owns: what a workload needs while it runs.
// Does not own: the workloads.

using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>A run of the driver: its settings, what it has found so far, where it tells of its progress, and its end.</summary>
internal sealed record Run(Settings Settings, Results Results, TextWriter Progress, CancellationToken CancellationToken);
