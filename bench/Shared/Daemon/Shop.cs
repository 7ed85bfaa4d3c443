// Owns: the orders of the daemon, in memory.

namespace TinyHost.Bench.Shared;

/// <summary>The same orders in every server. An order that is placed is not kept, so that all requests of a run cost the same.</summary>
internal sealed class Shop
{
    private readonly PlacedOrder[] _orders =
        [.. Enumerable.Range(1, 100).Select(id => new PlacedOrder(id, "Ada Lovelace", id + 1, 2.5))];

    public ReadOnlySpan<PlacedOrder> Orders => _orders;
}
