// Owns: the order in which servers take their turns.
// Does not own: the turns.

namespace TinyHost.Bench.Statistics;

internal static class Rotation
{
    /// <summary>The items beginning with another one in each round, so that none is always the first or the last.</summary>
    public static IEnumerable<T> Of<T>(IReadOnlyList<T> items, int round)
    {
        for (var i = 0; i < items.Count; i++)
        {
            yield return items[(i + round) % items.Count];
        }
    }
}
