// Owns: the requests of the service control manager to a service.
// Source: winsvc.h.

namespace TinyHost.WindowsServices;

internal static class ServiceControls
{
    internal const int Stop = 1;
    internal const int Interrogate = 4;
    internal const int Preshutdown = 15;

    /// <summary>For <see cref="ServiceStatus.Accepted"/>.</summary>
    internal const int AcceptsStop = 0x1;

    /// <summary>For <see cref="ServiceStatus.Accepted"/>. Windows waits longer for such a service than at the shutdown itself.</summary>
    internal const int AcceptsPreshutdown = 0x100;

    /// <summary>The answer to a request that was carried out.</summary>
    internal const int Done = 0;

    /// <summary>The answer to a request that the service does not know.</summary>
    internal const int NotImplemented = 120;
}
