// Owns: the services of a host with the workers among them, for the stages of a parent process.

using Microsoft.Extensions.DependencyInjection;

namespace TinyHost;

internal sealed class ParentServices(IServiceProvider services, IWorkerGroup workers) : IKeyedServiceProvider
{
    private IKeyedServiceProvider Keyed => services as IKeyedServiceProvider
        ?? throw new InvalidOperationException("The container of this host has no keyed services.");

    public object? GetService(Type serviceType) => serviceType == typeof(IWorkerGroup) ? workers : services.GetService(serviceType);

    public object? GetKeyedService(Type serviceType, object? serviceKey) => Keyed.GetKeyedService(serviceType, serviceKey);

    public object GetRequiredKeyedService(Type serviceType, object? serviceKey) => Keyed.GetRequiredKeyedService(serviceType, serviceKey);
}
