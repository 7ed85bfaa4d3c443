// Owns: whose requests share a limit.

using System.Net;
using System.Net.Sockets;

namespace TinyHost.RateLimiting;

/// <summary>Keys for the partitions of <see cref="RateLimit"/>.</summary>
public static class RateLimitKey
{
    /// <summary>
    /// The address of <see cref="RequestContext.Client"/>, or for IPv6 its network of 64 bits, since one client has as many addresses as
    /// it likes there. <c>unix</c> for all clients of Unix sockets. Behind a proxy, put <see cref="Forwarded"/> before the stage; otherwise
    /// all clients of the proxy share a limit.
    /// </summary>
    public static string Client(RequestContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Client is UnixEndPoint)
        {
            return "unix";
        }

        var address = context.Client.Address;
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }

        var network = address.GetAddressBytes();
        network.AsSpan(8).Clear();
        return new IPAddress(network) + "/64";
    }

    /// <summary>The name of <see cref="RequestContext.User"/>, whom a stage before this one has admitted, or else the client.</summary>
    public static string User(RequestContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.User.Identity?.Name is { } name ? "user " + name : Client(context);
    }
}
