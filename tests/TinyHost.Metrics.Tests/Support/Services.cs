// Owns: small service providers.

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics.Tests.Support;

internal static class Services
{
    /// <summary>Services with a separate meter factory, isolated from the meters of other tests.</summary>
    internal static ServiceProvider WithMeters() => new ServiceCollection().AddMetrics().BuildServiceProvider();

    /// <summary>Services with a configuration of the given settings.</summary>
    internal static ServiceProvider WithSettings(params (string Key, string Value)[] settings) =>
        new ServiceCollection().AddSingleton(Settings(settings)).BuildServiceProvider();

    /// <summary>A configuration of the given settings.</summary>
    internal static IConfiguration Settings(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value))
        .Build();

    /// <summary>Services that log to the given logger.</summary>
    internal static ServiceProvider WithLog(RecordingLogger log) =>
        new ServiceCollection().AddSingleton<ILoggerFactory>(log).BuildServiceProvider();
}
