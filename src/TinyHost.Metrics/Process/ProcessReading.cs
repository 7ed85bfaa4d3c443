// Owns: what one reading of the process says.
// Does not own: how an operating system is asked (LinuxProcess, AnyProcess).

namespace TinyHost.Metrics;

/// <summary>Figures of the process at one moment; those unknown are NaN.</summary>
internal readonly record struct ProcessReading(double CpuSeconds, double ResidentBytes, double VirtualBytes, double OpenDescriptors)
{
    internal static readonly ProcessReading Unknown = new(double.NaN, double.NaN, double.NaN, double.NaN);
}
