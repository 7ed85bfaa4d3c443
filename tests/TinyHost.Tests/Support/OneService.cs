// Owns: an application's services, of which there is one.

namespace TinyHost.Tests.Support;

internal sealed class OneService(object service) : IServiceProvider
{
    public object? GetService(Type serviceType) => serviceType.IsInstanceOfType(service) ? service : null;
}
