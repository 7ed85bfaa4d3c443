// Owns: what a peer can be asked to do.
// Does not own: being asked (PeerLoop).

namespace TinyHost.Metrics.Benchmarks;

/// <summary>A library under comparison. Its process either records or exposes.</summary>
internal abstract class Peer : IAsyncDisposable
{
    /// <summary>Makes ready to record.</summary>
    internal abstract void StartRecording();

    /// <summary>Records so many measurements, going through so many tag sets in turn.</summary>
    internal abstract void Record(int sets, int count);

    /// <summary>Fills the registry and serves it. Returns the port.</summary>
    internal abstract Task<int> StartServingAsync();

    /// <summary>Collects and encodes one exposition, and throws it away. Returns its length in octets.</summary>
    internal abstract ValueTask<long> EncodeAsync();

    public virtual ValueTask DisposeAsync() => default;
}
