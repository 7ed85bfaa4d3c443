// Owns: how long the Generic Host lets a stop take, compared with the delay that a server wants.

using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace TinyHost;

internal static partial class ShutdownTimeout
{
    /// <summary>Logs a warning if the host would end the stop before the server's <see cref="ServerOptions.DrainDelay"/> is over.</summary>
    internal static void WarnIfShorter(IServiceProvider services, ServerOptions options)
    {
        if (options.DrainDelay > TimeSpan.Zero && Find(services) is { } limit && limit <= options.DrainDelay)
        {
            var guard = ObserverGuard.Create(
                () => options.LoggerFactory ?? (ILoggerFactory?)services.GetService(typeof(ILoggerFactory)), "TinyHost.HttpServer");
            LogShorter(guard.Logger, options.DrainDelay.TotalSeconds, limit.TotalSeconds);
        }
    }

    /// <summary>How long the host lets a stop take; null if the host has no such limit.</summary>
    // The options are a type of Microsoft.Extensions.Hosting, and this library refers to its abstractions alone.
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = "The host itself asks for these options, so they are kept.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "A class as type argument needs no code of its own.")]
    internal static TimeSpan? Find(IServiceProvider services) =>
        Type.GetType("Microsoft.Extensions.Hosting.HostOptions, Microsoft.Extensions.Hosting") is { } type
        && services.GetService(typeof(IOptions<>).MakeGenericType(type)) is IOptions<object> host
            ? type.GetProperty("ShutdownTimeout")?.GetValue(host.Value) as TimeSpan?
            : null;

    [LoggerMessage(26, LogLevel.Warning,
        "DrainDelay is {Delay} s, but HostOptions.ShutdownTimeout ends the stop after {Limit} s and aborts the requests in progress. Give "
        + "ShutdownTimeout more than DrainDelay.")]
    private static partial void LogShorter(ILogger logger, double delay, double limit);
}
