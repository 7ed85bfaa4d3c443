// Owns: where a worker serves the monitoring ports, which its parent has.

using System.Net;
using System.Net.Sockets;

namespace TinyHost;

internal static class WorkerPrefixes
{
    /// <summary>
    /// Replaces the prefixes of each monitoring port by one at a free port of the address. Stages know its connections by the port of the
    /// prefix all the same.
    /// </summary>
    internal static void Move(List<Prefix> prefixes, IPAddress address)
    {
        List<int> moved = [];
        for (var i = 0; i < prefixes.Count; i++)
        {
            if (!prefixes[i].IsMonitoring)
            {
                continue;
            }

            if (prefixes[i].Port != 0 && moved.Contains(prefixes[i].Port))
            {
                prefixes.RemoveAt(i--);
                continue;
            }

            moved.Add(prefixes[i].Port);
            prefixes[i] = prefixes[i] with
            {
                Host = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : $"{address}",
                Port = 0,
                Path = "/",
                Unix = null,
                StagePort = prefixes[i].Port,
                // A proxy stands before the parent's port alone.
                Openers = prefixes[i].Openers is { } openers && Array.FindAll(openers, opener => opener is not ProxyProtocolOpener) is
                {
                    Length: > 0,
                } others
                    ? others
                    : null,
            };
        }
    }
}
