// Owns: AddTinyHostWindowsService, which makes a host a Windows service if Windows started it as one.

using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.WindowsServices;
using TinyHost.WindowsServices;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>A Generic Host as a Windows service.</summary>
public static class TinyHostWindowsServiceExtensions
{
    /// <summary>
    /// Lets Windows start and stop the host as a service, under whatever name the service is registered. Has no effect if the program was
    /// started in any other way. In place of <c>AddWindowsService</c>, whose event log and content root it keeps.
    /// </summary>
    /// <remarks>
    /// The service is running once every hosted service has started, so that its ports answer. It stops when Windows asks or is about to
    /// shut down (preshutdown), and is stopped only after the host has been disposed and its ports are free. A service that could not start
    /// has the service-specific exit code 1, and the event log has the reason. If the program sets <see cref="Environment.ExitCode"/>, it
    /// is the service-specific exit code.
    /// </remarks>
    public static IServiceCollection AddTinyHostWindowsService(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddWindowsService();
        if (OperatingSystem.IsWindows() && WindowsServiceHelpers.IsWindowsService())
        {
            services.AddSingleton<IHostLifetime>(provider => new ServiceHostLifetime(
                new ServiceControlManager(),
                provider.GetRequiredService<IHostApplicationLifetime>(),
                TimeProvider.System,
                exitCode: () => Environment.ExitCode));
        }

        return services;
    }
}
