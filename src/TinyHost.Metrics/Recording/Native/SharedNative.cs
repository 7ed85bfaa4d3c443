// Owns: writing the native buckets of a histogram to shared memory.

namespace TinyHost.Metrics;

/// <summary>
/// Two copies of the buckets, of which the word before them names the current one. A count that changes is written in place; any other
/// change fills the other copy first, so that a worker that is killed meanwhile leaves a complete one.
/// </summary>
/// <param name="address">The address of the word before the copies.</param>
/// <param name="capacity">The maximum number of buckets.</param>
internal sealed class SharedNative(nint address, int capacity)
{
    private readonly int _length = SharedFormat.NativeWords(capacity) * sizeof(long);
    private int _current;

    /// <summary>Writes everything.</summary>
    internal void Write(in NativeReading reading, ReadOnlySpan<NativeBucket> positive, ReadOnlySpan<NativeBucket> negative)
    {
        var other = _current ^ 1;
        var at = Copy(other);
        MappedMemory.WordAt(at) = reading.Schema;
        MappedMemory.NumberAt(at + sizeof(long)) = reading.ZeroThreshold;
        MappedMemory.WordAt(at + (2 * sizeof(long))) = reading.ZeroCount;
        MappedMemory.WordAt(at + (3 * sizeof(long))) = positive.Length;
        MappedMemory.WordAt(at + (4 * sizeof(long))) = negative.Length;
        for (var i = 0; i < positive.Length + negative.Length; i++)
        {
            var bucket = i < positive.Length ? positive[i] : negative[i - positive.Length];
            MappedMemory.WordAt(Bucket(other, i)) = bucket.Index;
            MappedMemory.WordAt(Bucket(other, i) + sizeof(long)) = bucket.Count;
        }

        Volatile.Write(ref MappedMemory.WordAt(address), other);
        _current = other;
    }

    /// <summary>Writes the count of one bucket, of which the positive ones come first.</summary>
    internal void WriteCount(int bucket, long count) => MappedMemory.WordAt(Bucket(_current, bucket) + sizeof(long)) = count;

    internal void WriteZeroCount(long count) => MappedMemory.WordAt(Copy(_current) + (2 * sizeof(long))) = count;

    private nint Copy(int copy) => address + sizeof(long) + (copy * _length);

    private nint Bucket(int copy, int bucket) => Copy(copy) + ((SharedFormat.NativeHeader + (2 * bucket)) * sizeof(long));
}
