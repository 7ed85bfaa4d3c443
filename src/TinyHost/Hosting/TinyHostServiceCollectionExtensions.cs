// Owns: AddTinyHost, which adds a server to a Generic Host.

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using TinyHost;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>TinyHost in a Generic Host.</summary>
public static class TinyHostServiceCollectionExtensions
{
    /// <summary>
    /// Adds a server to the host. <paramref name="build"/> folds the chain, once, when the host starts. Settings come from
    /// <paramref name="configure"/> and then from the configuration section <c>TinyHost</c>: <c>TinyHost:Prefixes</c> (an array, or a
    /// section with named prefixes), <c>TinyHost:InlineCompletions</c>, <c>TinyHost:StrictTargets</c>, <c>TinyHost:Limits</c>. The services
    /// have the server as a <see cref="HostedServer"/>, which knows its end points.
    /// </summary>
    /// <remarks>
    /// The host's start throws <see cref="ServerStartException"/> when a prefix cannot be bound or a setting cannot be read. A host with
    /// several servers gives all but one a name, since each needs prefixes of its own.
    /// </remarks>
    public static IServiceCollection AddTinyHost(
        this IServiceCollection services,
        Func<Pipeline, Func<RequestContext, Task>> build,
        Action<ServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(build);
        ServerNames.Of(services).AddUnnamed();
        return Add(services, null, build, configure);
    }

    /// <summary>
    /// Adds a server with a name to the host. It reads its settings from the section <c>TinyHost:name</c> (<c>TinyHost:name:Prefixes</c>,
    /// <c>TinyHost:name:Limits</c>, <c>TinyHost:name:Metrics</c> …) and ignores those of <c>TinyHost</c> itself. Throws
    /// <see cref="ArgumentException"/> when another server of the host has the name, when it is the name of a setting, or when it has
    /// characters other than ASCII letters, digits, <c>-</c>, <c>.</c> and single <c>_</c>. Names compare without regard to case. The
    /// services have the server as a <see cref="HostedServer"/> with its name as the key, written as here.
    /// </summary>
    /// <remarks>
    /// The host's start throws <see cref="ServerStartException"/> when a prefix cannot be bound or a setting cannot be read.
    /// </remarks>
    public static IServiceCollection AddTinyHost(
        this IServiceCollection services,
        string name,
        Func<Pipeline, Func<RequestContext, Task>> build,
        Action<ServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(build);
        ServerNames.Of(services).Add(name);
        return Add(services, name, build, configure);
    }

    private static IServiceCollection Add(
        IServiceCollection services, string? name, Func<Pipeline, Func<RequestContext, Task>> build, Action<ServerOptions>? configure)
    {
        // Each server is a service of its own key, so that several without a name stay apart.
        var key = name ?? new object();
        var servers = ServerNames.Of(services);
        servers.Keys.Add(key);
        services.AddKeyedSingleton(key, (provider, _) =>
            new HostedServer(
                provider,
                provider.GetService<IConfiguration>(),
                name,
                servers,
                provider.GetRequiredService<HostHandover>(),
                configure,
                build));
        if (name is null)
        {
            services.AddSingleton(provider => provider.GetRequiredKeyedService<HostedServer>(key));
        }

        services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<HostedServer>(key));
        if (Environment.GetEnvironmentVariable(NotifySocket.Variable) is not null)
        {
            // Once for all servers, and after the first: its last step of the start is to end the process that it takes over from.
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, SystemdNotifier>(
                provider => new SystemdNotifier(provider, Environment.GetEnvironmentVariable, TimeProvider.System)));
        }

        return services;
    }
}
