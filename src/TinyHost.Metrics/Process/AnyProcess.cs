// Owns: reading the process where there is no /proc: Windows, macOS and others.

using System.ComponentModel;
using System.Diagnostics;

namespace TinyHost.Metrics;

/// <summary>Reads what the framework provides cheaply everywhere. Windows has handles instead of descriptors, and a fixed limit.</summary>
internal sealed class AnyProcess : IProcessProbe
{
    private const double WindowsHandleLimit = 16_777_216;

    private readonly System.Diagnostics.Process? _process;

    internal AnyProcess()
    {
        try
        {
            _process = System.Diagnostics.Process.GetCurrentProcess();
            StartSeconds = new DateTimeOffset(_process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
            MaxDescriptors = OperatingSystem.IsWindows() ? WindowsHandleLimit : double.NaN;
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            // The figure is not available: it stays unknown.
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
        catch (Exception exception) when (IsUnavailable(exception))
        {
            return ProcessReading.Unknown;
        }
    }

    public void Dispose() => _process?.Dispose();

    private static bool IsUnavailable(Exception exception) =>
        exception is Win32Exception or InvalidOperationException or NotSupportedException or IOException or UnauthorizedAccessException;
}
