// Owns: what is read of the process on every operating system.

namespace TinyHost.Metrics;

/// <summary>Reads figures of this process. Unknown figures are NaN; nothing throws.</summary>
internal interface IProcessProbe : IDisposable
{
    /// <summary>When the process started, in seconds since 1970; NaN before the first reading.</summary>
    double StartSeconds { get; }

    /// <summary>The limit on open file descriptors; NaN before the first reading.</summary>
    double MaxDescriptors { get; }

    /// <summary>The figures that change.</summary>
    ProcessReading Read();
}

/// <summary>Figures of the process at one moment; NaN if unknown.</summary>
internal sealed record ProcessReading(double CpuSeconds, double ResidentBytes, double VirtualBytes, double OpenDescriptors)
{
    internal static readonly ProcessReading Unknown = new(double.NaN, double.NaN, double.NaN, double.NaN);
}
