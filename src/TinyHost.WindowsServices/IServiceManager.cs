// Owns: the seam between a service and the service control manager. Tests put their own here.

namespace TinyHost.WindowsServices;

internal interface IServiceManager
{
    /// <summary>
    /// Connects the process to the manager. Calls <paramref name="begin"/> once, when the service may report its status, or with the reason
    /// why it cannot run. Calls <paramref name="handle"/> for each request to the service.
    /// </summary>
    void Connect(Action<Exception?> begin, Func<int, int> handle);

    /// <summary>Tells the manager the status.</summary>
    void Report(ServiceStatus status);
}
