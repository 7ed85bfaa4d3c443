// Owns: writing the counts of a histogram to shared memory.

namespace TinyHost.Metrics;

/// <summary>
/// The words of a histogram, or of one processor's part, by their address. They are written under its lock. Their first is odd while they
/// change, so that the parent takes no half of a measurement.
/// </summary>
internal static class SharedCounts
{
    /// <summary>Begins a change, unless it has begun.</summary>
    internal static void Begin(nint address)
    {
        ref var sequence = ref MappedMemory.WordAt(address);
        Volatile.Write(ref sequence, sequence | 1);
        Volatile.WriteBarrier();
    }

    /// <summary>Writes a count and the sum, and ends the change.</summary>
    internal static void Write(nint address, int bucket, long count, double sum)
    {
        Begin(address);
        Volatile.Write(ref MappedMemory.NumberAt(address + sizeof(long)), sum);
        Volatile.Write(ref MappedMemory.WordAt(address + ((SharedFormat.HistogramHeader + bucket) * sizeof(long))), count);
        ref var sequence = ref MappedMemory.WordAt(address);
        Volatile.Write(ref sequence, sequence + 1);
    }
}
