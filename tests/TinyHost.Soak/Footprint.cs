// Owns: the managed memory and descriptors in use when no connection is open.

namespace TinyHost.Soak;

internal readonly record struct Footprint(long ManagedBytes, int Descriptors)
{
    // Pools, caches and compiled code still grow a little after the first sample. Leaking one connection per second exceeds this by far.
    private const long AllowedBytes = 4 << 20;
    private const int AllowedDescriptors = 16;

    internal static Footprint Now()
    {
        // The second collection frees what finalizers release.
        GC.GetTotalMemory(forceFullCollection: true);
        GC.WaitForPendingFinalizers();
        var descriptors = OperatingSystem.IsLinux() ? Directory.GetFiles("/proc/self/fd").Length : 0;
        return new(GC.GetTotalMemory(forceFullCollection: true), descriptors);
    }

    /// <summary>Describes significant growth since the first sample. Null if there is none.</summary>
    internal string? DescribeGrowthSince(Footprint first) =>
        ManagedBytes > first.ManagedBytes + AllowedBytes ? $"Managed memory grew from {first.ManagedBytes:N0} to {ManagedBytes:N0} bytes."
        : Descriptors > first.Descriptors + AllowedDescriptors ? $"Open descriptors grew from {first.Descriptors} to {Descriptors}."
        : null;

    public override string ToString() => $"{ManagedBytes:N0} bytes of managed memory, {Descriptors} descriptors";
}
