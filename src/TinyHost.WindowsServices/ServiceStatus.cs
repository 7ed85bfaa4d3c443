// Owns: the status of a service as the service control manager takes it.
// Source: winsvc.h, SERVICE_STATUS.

using System.Runtime.InteropServices;

namespace TinyHost.WindowsServices;

internal enum ServiceState
{
    Stopped = 1,
    StartPending = 2,
    StopPending = 3,
    Running = 4,
}

[StructLayout(LayoutKind.Sequential)]
internal struct ServiceStatus
{
    /// <summary><see cref="ExitCode"/> of a service whose error is in <see cref="SpecificExitCode"/>.</summary>
    internal const int ServiceSpecificError = 1066;

    private const int OwnProcess = 0x10;

    /// <summary>The kind of service. Always one that has the process to itself.</summary>
    internal readonly int Type = OwnProcess;

    internal ServiceState State;

    /// <summary>The controls that the service handles: <see cref="ServiceControls"/>.</summary>
    internal int Accepted;

    internal int ExitCode;
    internal int SpecificExitCode;

    /// <summary>Grows while a start or stop makes progress; otherwise 0.</summary>
    internal int Checkpoint;

    /// <summary>How long the next report may take, in milliseconds, during a start or stop; otherwise 0.</summary>
    internal int WaitHint;

    public ServiceStatus()
    {
    }
}
