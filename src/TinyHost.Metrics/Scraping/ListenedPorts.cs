// Owns: the start's failure when no prefix listens on the metrics port.

using System.Net;

namespace TinyHost.Metrics;

internal static class ListenedPorts
{
    /// <summary>Throws <see cref="ServerStartException"/> if the server listens on other ports only.</summary>
    /// <param name="port">The metrics port.</param>
    /// <param name="key">The name of its setting.</param>
    /// <param name="endPoints">Where the server listens.</param>
    internal static void ThrowUnlessListenedOn(int port, string key, IReadOnlyList<IPEndPoint> endPoints)
    {
        // Not with LINQ, which a start would load for this alone.
        foreach (var endPoint in endPoints)
        {
            if (endPoint.Port == port)
            {
                return;
            }
        }

        throw NotListenedOn(port, key, endPoints);
    }

    private static ServerStartException NotListenedOn(int port, string key, IReadOnlyList<IPEndPoint> endPoints)
    {
        var ports = string.Join(
            ", ", endPoints.Where(endPoint => endPoint is not UnixEndPoint).Select(endPoint => endPoint.Port).Distinct().Order());
        return new ServerStartException(
            $"Cannot start: metrics are to be served on port {port} ({key}), but no prefix listens on it; "
            + $"the prefixes listen on: {(ports.Length == 0 ? "no port" : ports)}.");
    }
}
