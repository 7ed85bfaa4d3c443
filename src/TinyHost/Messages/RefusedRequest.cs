// Owns: what is known of a request that the server answered without the chain.

using System.Text;

namespace TinyHost;

/// <summary>A request that reached no handler: its head was refused, or its path is under none of the server's prefixes.</summary>
/// <param name="Connection">Its connection.</param>
/// <param name="IsMonitoring">Whether its port serves monitoring alone.</param>
/// <param name="StatusCode">The status code of the answer.</param>
/// <param name="Reason">Why it was refused.</param>
/// <param name="Method">The method; null if the head ended before it did.</param>
/// <param name="Target">The request target; null if the head ended before it did.</param>
internal sealed record RefusedRequest(
    ConnectionInfo Connection, bool IsMonitoring, int StatusCode, string Reason, string? Method, string? Target)
{
    internal static RefusedRequest Read(Http1Connection http1, ConnectionInfo connection, bool isMonitoring, int statusCode, string reason)
    {
        return new(connection, isMonitoring, statusCode, reason, Text(http1.Head.Method), Text(http1.Head.Target));

        string? Text(Slice part) => part.Length == 0 ? null : Encoding.Latin1.GetString(part.Of(http1.Received.Message));
    }
}
