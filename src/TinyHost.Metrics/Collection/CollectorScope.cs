// Owns: nothing: it marks a meter as one collector's own.

namespace TinyHost.Metrics;

/// <summary>The scope of the meter of one collector, so that two collectors in a process do not expose each other's.</summary>
internal sealed class CollectorScope;
