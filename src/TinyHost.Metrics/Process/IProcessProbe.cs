// Owns: what is asked about the process, whatever the operating system.
// Does not own: the asking (LinuxProcess, AnyProcess).

namespace TinyHost.Metrics;

/// <summary>Reads figures of this process. What cannot be read is NaN; nothing throws.</summary>
internal interface IProcessProbe : IDisposable
{
    /// <summary>When the process began, in seconds since 1970; NaN before the first reading.</summary>
    double StartSeconds { get; }

    /// <summary>How many file descriptors it may have open; NaN before the first reading.</summary>
    double MaxDescriptors { get; }

    /// <summary>The figures that change.</summary>
    ProcessReading Read();
}
