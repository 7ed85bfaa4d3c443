// Owns: asking about the process where there is no /proc: Windows, macOS and others.
// Does not own: Linux (LinuxProcess).

using System.ComponentModel;
using System.Diagnostics;

namespace TinyHost.Metrics;

/// <summary>What the framework gives cheaply everywhere. Windows counts handles where others count descriptors, and its limit is fixed.</summary>
internal sealed class AnyProcess : IProcessProbe
{
    private readonly System.Diagnostics.Process? _process;

    internal AnyProcess()
    {
        try
        {
            _process = System.Diagnostics.Process.GetCurrentProcess();
            StartSeconds = new DateTimeOffset(_process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
            MaxDescriptors = OperatingSystem.IsWindows() ? WindowsHandleLimit : double.NaN;
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            // The system refuses or has no such figure: it stays unknown and is left out.
        }
    }

    public double StartSeconds { get; } = double.NaN;

    public double MaxDescriptors { get; } = double.NaN;

    public ProcessReading Read()
    {
        if (_process is null)
        {
            return ProcessReading.Unknown;
        }

        try
        {
            _process.Refresh();
            return new ProcessReading(
                _process.TotalProcessorTime.TotalSeconds,
                _process.WorkingSet64,
                _process.VirtualMemorySize64,
                OperatingSystem.IsWindows() ? _process.HandleCount : double.NaN);
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            return ProcessReading.Unknown;
        }
    }

    public void Dispose() => _process?.Dispose();

    private static bool IsRefusal(Exception exception) =>
        exception is Win32Exception or InvalidOperationException or NotSupportedException or IOException or UnauthorizedAccessException;

    private const double WindowsHandleLimit = 16_777_216;
}
