// Owns: refusing web pages of other origins: browsers let any page open a WebSocket, and send it the user's credentials
// (RFC 6455 §10.2).

namespace TinyHost.JsonRpc;

internal sealed class SocketOrigins(IEnumerable<string> allowed)
{
    private readonly HashSet<string> _allowed = new(allowed, StringComparer.OrdinalIgnoreCase);

    /// <summary>The sentence that refuses a request; null if it is allowed.</summary>
    public string? Refusal(Request request) =>
        request.Fields["Origin"] is not { } origin || _allowed.Contains("*") || _allowed.Contains(origin) || IsOwn(origin, request.Host)
            ? null
            : $"Pages of the origin '{origin}' may not open WebSockets. Those that may are in JsonRpc:WebSockets:AllowedOrigins.";

    // Both leave out the port that is their scheme's default.
    private static bool IsOwn(string origin, string host)
    {
        var slashes = origin.IndexOf("://", StringComparison.Ordinal);
        return slashes > 0 && host.Length > 0 && origin.AsSpan(slashes + 3).Equals(host, StringComparison.OrdinalIgnoreCase);
    }
}
