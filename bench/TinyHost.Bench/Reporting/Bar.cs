// Owns: one bar of a plot.
// Does not own: drawing it (BarChart).

using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Reporting;

/// <summary>A bar: the median, with a line from the least to the greatest value.</summary>
internal readonly record struct Bar(string Label, Spread Value, bool IsOurs);
