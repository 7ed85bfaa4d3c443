// Owns: small service providers.

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics.Tests.Support;

internal static class Services
{
    /// <summary>Services with a meter factory of their own, so that no other test's meters are theirs.</summary>
    internal static ServiceProvider WithMeters() => new ServiceCollection().AddMetrics().BuildServiceProvider();

    /// <summary>Services with these settings.</summary>
    internal static ServiceProvider WithSettings(params (string Key, string Value)[] settings) =>
        new ServiceCollection().AddSingleton(Settings(settings)).BuildServiceProvider();

    /// <summary>A configuration of these settings.</summary>
    internal static IConfiguration Settings(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value))
        .Build();

    /// <summary>Services that log to this logger.</summary>
    internal static ServiceProvider WithLog(RecordingLogger log) =>
        new ServiceCollection().AddSingleton<ILoggerFactory>(log).BuildServiceProvider();
}
