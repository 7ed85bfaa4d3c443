// Owns: what a worker tells its parent of a family.

namespace TinyHost.Metrics;

/// <summary>A family of a worker.</summary>
/// <param name="Kind">The kind of its instruments.</param>
/// <param name="Name">Its name, with underscores.</param>
/// <param name="UnescapedName">Its name with the instrument's own characters.</param>
/// <param name="Unit">The unit in words; empty for none.</param>
/// <param name="Help">The help text.</param>
/// <param name="Boundaries">The upper bounds of a histogram's buckets.</param>
/// <param name="NativeBuckets">The maximum number of native buckets of a series; 0 for a histogram without.</param>
internal sealed record SharedFamily(
    InstrumentKind Kind, string Name, string UnescapedName, string Unit, string Help, double[] Boundaries, int NativeBuckets);
