// Owns: a sum in the memory that a worker shares with its parent.

namespace TinyHost.Metrics;

/// <summary>The words of a sum in shared memory.</summary>
/// <param name="series">The series.</param>
internal readonly struct SharedSum(SharedSeries series) : ISumWords
{
    private readonly nint _address = series.Words;

    public ref long Integers => ref MappedMemory.WordAt(_address);

    public ref double Fractions => ref MappedMemory.NumberAt(_address + sizeof(long));

    public SharedSeries? Shared => series;
}
