// Owns: credentials that were found wrong lately, so that a client that repeats them costs no hash.

namespace TinyHost;

internal sealed class FailedCredentials
{
    private const int Most = 1_000;

    private readonly Lock _lock = new();
    private readonly HashSet<UInt128> _known = [];
    private readonly Queue<UInt128> _order = [];

    internal bool Contains(UInt128 digest)
    {
        lock (_lock)
        {
            return _known.Contains(digest);
        }
    }

    /// <summary>Adds credentials, in place of the oldest if there are too many.</summary>
    internal void Add(UInt128 digest)
    {
        lock (_lock)
        {
            if (!_known.Add(digest))
            {
                return;
            }

            _order.Enqueue(digest);
            if (_order.Count > Most)
            {
                _known.Remove(_order.Dequeue());
            }
        }
    }
}
