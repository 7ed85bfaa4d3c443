// Owns: the order of servers in each round.

namespace TinyHost.Bench.Statistics;

internal static class Rotation
{
    /// <summary>Returns all items, starting with a different one each round, so that none is always first or last.</summary>
    public static IEnumerable<T> Of<T>(IReadOnlyList<T> items, int round)
    {
        for (var i = 0; i < items.Count; i++)
        {
            yield return items[(i + round) % items.Count];
        }
    }
}
