// Owns: the memory of an exporter's text, which is used again when nothing needs the text any more.

namespace TinyHost.Metrics;

/// <summary>
/// The families of a text, and the memory they are in. Each holder releases it once; a holder that is lost leaves the memory to the garbage
/// collector. Initially there is one.
/// </summary>
internal sealed class ExporterText(IReadOnlyList<ExporterFamily> families, byte[] memory, SpareMemory spare)
{
    private int _holders = 1;

    /// <summary>The families. Valid while the text is held.</summary>
    internal IReadOnlyList<ExporterFamily> Families => families;

    /// <summary>Adds a holder. Only while there is another.</summary>
    internal ExporterText Hold()
    {
        Interlocked.Increment(ref _holders);
        return this;
    }

    internal void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            spare.Return(memory);
        }
    }
}

/// <summary>Memory for the next text: one array at most.</summary>
internal sealed class SpareMemory
{
    private byte[]? _memory;

    /// <summary>Memory for a text that is a little longer than the last one, whose length this is.</summary>
    internal byte[] Take(int length)
    {
        var memory = Interlocked.Exchange(ref _memory, null);
        return memory is not null && memory.Length - length >= length / 16
            ? memory
            : GC.AllocateUninitializedArray<byte>((int)Math.Min(length + (length / 8L), Array.MaxLength));
    }

    internal void Return(byte[] memory) => Volatile.Write(ref _memory, memory);
}
