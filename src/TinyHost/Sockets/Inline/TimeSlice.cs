// Owns: asking the kernel to give the current thread shorter time slices. Linux 6.12 and later.
// Source: Linux, sched_setattr(2), and kernel/sched/syscalls.c: for a thread of the normal policy, sched_runtime is its slice.

using System.Runtime.InteropServices;

namespace TinyHost;

/// <summary>The longest a thread may keep its processor while others wait for it, as far as the kernel's timer allows.</summary>
internal static class TimeSlice
{
    private const long NanosecondsPerMicrosecond = 1_000;
    private const int Normal = 0;
    private const int CurrentThread = 0;
    private const int AttributesSize = 56;

    // The numbers of sched_setattr; sched_getattr is the next. glibc has functions for them only since 2.41.
    private static long SetNumber => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 314,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 274,
        _ => 0,
    };

    /// <summary>The current thread's slice in microseconds; 0 if the kernel does not tell, or has none for this thread.</summary>
    internal static long Read() => TryRead(out var attributes) ? (long)attributes.Runtime / NanosecondsPerMicrosecond : 0;

    /// <summary>
    /// Shortens the current thread's slice; its policy and priority stay. False if the slice is as short already, or the kernel does not
    /// allow it or is older.
    /// </summary>
    /// <param name="microseconds">The new slice, at least 100.</param>
    internal static bool TryShorten(long microseconds)
    {
        var slice = (ulong)(microseconds * NanosecondsPerMicrosecond);
        if (!TryRead(out var attributes) || attributes.Runtime <= slice)
        {
            return false;
        }

        attributes.Runtime = slice;
        return SetAttributes(SetNumber, CurrentThread, in attributes, 0) == 0;
    }

    private static bool TryRead(out Attributes attributes)
    {
        attributes = default;
        return OperatingSystem.IsLinux()
            && SetNumber != 0
            && GetAttributes(SetNumber + 1, CurrentThread, out attributes, AttributesSize, 0) == 0
            && attributes.Policy == Normal;
    }

    [DllImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long GetAttributes(long number, long thread, out Attributes attributes, long size, long flags);

    [DllImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long SetAttributes(long number, long thread, in Attributes attributes, long flags);

    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        internal uint Size;
        internal uint Policy;
        internal ulong Flags;
        internal int Nice;
        internal uint Priority;
        internal ulong Runtime;
        internal ulong Deadline;
        internal ulong Period;
        internal uint UtilizationMin;
        internal uint UtilizationMax;
    }
}
