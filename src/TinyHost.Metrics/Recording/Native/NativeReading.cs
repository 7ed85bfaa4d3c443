// Owns: what a scrape reads of a native histogram besides its buckets.
// Does not own: the buckets, which are copied for it (NativeHistogram).

namespace TinyHost.Metrics;

/// <summary>A native histogram as of one moment.</summary>
/// <param name="Schema">How fine it is.</param>
/// <param name="ZeroThreshold">The greatest magnitude in the zero bucket.</param>
/// <param name="ZeroCount">How many values are in it.</param>
/// <param name="Positive">How many positive buckets there are.</param>
/// <param name="Negative">How many negative ones follow them.</param>
internal readonly record struct NativeReading(int Schema, double ZeroThreshold, long ZeroCount, int Positive, int Negative);
