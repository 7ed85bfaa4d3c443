// Owns: a service provider with one service.

namespace TinyHost.Tests.Support;

internal sealed class OneService(object service) : IServiceProvider
{
    public object? GetService(Type serviceType) => serviceType.IsInstanceOfType(service) ? service : null;
}
