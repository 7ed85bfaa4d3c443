// Owns: refusing web pages of other hosts that reach a local server through DNS rebinding.

using System.Net;

namespace TinyHost.JsonRpc;

/// <summary>
/// A page whose host name resolves to 127.0.0.1 is of the same origin as the local server to a browser, which then lets it call methods.
/// Only Host and Origin tell. So where a client of this machine connects to a loopback address, they must name that address,
/// <c>localhost</c>, or a host of the list.
/// </summary>
internal sealed class RpcHosts(IEnumerable<string> allowed)
{
    private readonly HashSet<string> _allowed = new(allowed, StringComparer.OrdinalIgnoreCase);

    /// <summary>The sentence that refuses a request; null if it is allowed.</summary>
    public string? Refusal(RequestContext context)
    {
        if (!IsLoopback(context.Connection.LocalEndPoint) || !IsLoopback(context.Client) || _allowed.Contains("*"))
        {
            return null;
        }

        var host = NameOf(context.Request.Host);
        if (host.Length > 0 && !IPAddress.IsValid(host) && !IsAllowed(host))
        {
            return Sentence("Host", context.Request.Host);
        }

        // An address of the network is another machine's page.
        return context.Request.Fields["Origin"] is { } origin && !IsAllowed(OriginHost(origin)) ? Sentence("Origin", origin) : null;
    }

    private static string Sentence(string field, string value) =>
        $"{field} '{value}' is not a host of this machine. Names that clients on this machine may use are in JsonRpc:AllowedHosts.";

    private static bool IsLoopback(IPEndPoint endPoint) => endPoint is not UnixEndPoint && IPAddress.IsLoopback(endPoint.Address);

    private static string OriginHost(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) ? uri.Host.TrimStart('[').TrimEnd(']') : origin;

    // Without the port and the brackets of an IPv6 address.
    private static ReadOnlySpan<char> NameOf(ReadOnlySpan<char> host)
    {
        var colon = host.LastIndexOf(':');
        var name = colon > host.LastIndexOf(']') ? host[..colon] : host;
        return name.TrimStart('[').TrimEnd(']');
    }

    private bool IsAllowed(ReadOnlySpan<char> host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || _allowed.GetAlternateLookup<ReadOnlySpan<char>>().Contains(host)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
