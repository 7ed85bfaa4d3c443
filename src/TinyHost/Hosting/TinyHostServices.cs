// Owns: AddTinyHost, the way into a Generic Host.
// Does not own: the host.

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace TinyHost;

/// <summary>TinyHost in a Generic Host.</summary>
public static class TinyHostServices
{
    /// <summary>
    /// Adds a server to the host. <paramref name="build"/> folds the chain, once, when the host starts. Settings come from
    /// <paramref name="configure"/> and then from the configuration section <c>TinyHost</c>: <c>TinyHost:Prefixes</c> (an array),
    /// <c>TinyHost:InlineCompletions</c>, <c>TinyHost:Limits</c>.
    /// </summary>
    /// <remarks>The host's start throws <see cref="ServerStartException"/> when a prefix cannot be bound or a setting not be read.</remarks>
    public static IServiceCollection AddTinyHost(
        this IServiceCollection services,
        Func<Pipeline, Func<RequestContext, Task>> build,
        Action<ServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(build);
        return services.AddSingleton<IHostedService>(provider =>
            new HostedServer(provider, provider.GetService<IConfiguration>(), configure, build));
    }
}
