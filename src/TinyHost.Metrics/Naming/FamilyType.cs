// Owns: the types of metric family that are exposed.
// Does not own: how a format spells them.

namespace TinyHost.Metrics;

internal enum FamilyType
{
    Counter,
    Gauge,
    Histogram,
    Info,
}
