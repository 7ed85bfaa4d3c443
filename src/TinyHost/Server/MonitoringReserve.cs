// Owns: how many connections are reserved for monitoring when a port serves monitoring only.

using Microsoft.Extensions.Logging;

namespace TinyHost;

internal static class MonitoringReserve
{
    /// <summary>
    /// The setting, but at most half of the possible connections: the application must have its share, whatever the setting.
    /// </summary>
    internal static int Count(ServerLimits limits, int descriptorsLeft, ILogger logger)
    {
        var max = Math.Min(limits.MaxConnections ?? int.MaxValue, Math.Max(descriptorsLeft - Descriptors.Reserve, 0));
        if (limits.ReservedConnections <= max / 2)
        {
            return limits.ReservedConnections;
        }

        var bound = max == limits.MaxConnections ? "MaxConnections" : "the limit of open files (ulimit -n)";
        Log.ReservedConnectionsLowered(logger, limits.ReservedConnections, max / 2, max, bound);
        return max / 2;
    }
}
