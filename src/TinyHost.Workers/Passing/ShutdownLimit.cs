// Owns: how long a stop may take, as the parent and the workers count it.

namespace TinyHost.Workers;

internal static class ShutdownLimit
{
    /// <summary>In place of no limit: timers take no longer time.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    private static readonly TimeSpan s_default = TimeSpan.FromSeconds(30);

    /// <summary>That of the host.</summary>
    internal static TimeSpan Of(IServiceProvider services) => Of(ShutdownTimeout.Find(services));

    /// <param name="timeout">The host's, which may be infinite; null if it is unknown.</param>
    internal static TimeSpan Of(TimeSpan? timeout) =>
        timeout is not { } limit ? s_default
        : limit < TimeSpan.Zero || limit > Longest ? Longest
        : limit;
}
