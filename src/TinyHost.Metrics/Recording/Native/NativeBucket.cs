// Owns: what a bucket of a native histogram is.
// Does not own: its bounds (NativeSchema).

namespace TinyHost.Metrics;

/// <summary>A bucket in which something was counted.</summary>
/// <param name="Index">Which it is, in the schema of its histogram.</param>
/// <param name="Count">How many values are in it alone.</param>
internal readonly record struct NativeBucket(int Index, long Count);
