// Owns: what the process holds at a quiet moment: managed memory and descriptors.

namespace TinyHost.Soak;

internal readonly record struct Footprint(long ManagedBytes, int Descriptors)
{
    // Pools, caches and compiled code still grow a little after the first sample. A leaked connection a second would be far above.
    private const long MoreBytes = 4 << 20;
    private const int MoreDescriptors = 16;

    internal static Footprint Now()
    {
        // Twice: what finalizers release is collected by the second.
        GC.GetTotalMemory(forceFullCollection: true);
        GC.WaitForPendingFinalizers();
        return new(GC.GetTotalMemory(forceFullCollection: true), OperatingSystem.IsLinux() ? Directory.GetFiles("/proc/self/fd").Length : 0);
    }

    /// <summary>What has grown since the first sample, as a sentence; null when nothing has.</summary>
    internal string? GrewSince(Footprint first) =>
        ManagedBytes > first.ManagedBytes + MoreBytes ? $"Managed memory grew from {first.ManagedBytes:N0} to {ManagedBytes:N0} bytes."
        : Descriptors > first.Descriptors + MoreDescriptors ? $"Open descriptors grew from {first.Descriptors} to {Descriptors}."
        : null;

    public override string ToString() => $"{ManagedBytes:N0} bytes of managed memory, {Descriptors} descriptors";
}
