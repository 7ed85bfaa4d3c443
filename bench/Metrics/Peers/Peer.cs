// Owns: the operations of a peer.

namespace TinyHost.Metrics.Benchmarks;

/// <summary>A library to compare. Each process either records or exposes.</summary>
internal abstract class Peer : IAsyncDisposable
{
    /// <summary>Prepares for recording.</summary>
    internal abstract void StartRecording();

    /// <summary>Records <paramref name="count"/> measurements, cycling through <paramref name="sets"/> tag sets.</summary>
    internal abstract void Record(int sets, int count);

    /// <summary>Fills the registry and serves it; returns the port.</summary>
    internal abstract Task<int> StartServingAsync();

    /// <summary>Collects, encodes and discards one exposition; returns its length in bytes.</summary>
    internal abstract ValueTask<long> EncodeAsync();

    public virtual ValueTask DisposeAsync() => default;
}
