// Owns: what a server did with the octets of one connection: the requests it served, as it read them, and how the connection ended. Two
// servers can be compared by it.

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Conformance;

internal sealed record ServerReading(IReadOnlyList<string> Served, string End)
{
    /// <summary>A server that sends nothing for this long counts as waiting for more octets.</summary>
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(4);

    internal bool IsRefusal => End.StartsWith("refuses", StringComparison.Ordinal);

    /// <summary>Sends everything, and reads until the connection ends or the server falls silent.</summary>
    internal static async Task<ServerReading> OfAsync(IPEndPoint server, string octets)
    {
        using var client = await RawClient.ConnectAsync(server);
        var sending = client.SendAsync(octets);
        var sent = await client.ReadUntilQuietAsync(s_quiet);
        try
        {
            await sending;
        }
        catch (SocketException)
        {
            // A server may close before it has read everything.
        }

        return Of(sent.Octets, sent.End);
    }

    public override string ToString() => string.Join(" | ", [.. Served, End]);

    /// <summary>A response with X-Seen belongs to a request that was served, and has no content. Any other response is a refusal.</summary>
    private static ServerReading Of(string sent, string end)
    {
        var served = new List<string>();
        foreach (var head in sent.Split("\r\n\r\n").Where(head => head.StartsWith("HTTP/1.1 ", StringComparison.Ordinal)))
        {
            var seen = head.Split("\r\n").SingleOrDefault(line => line.StartsWith("X-Seen: ", StringComparison.OrdinalIgnoreCase));
            var status = int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture);
            if (seen is not null)
            {
                served.Add(Encoding.UTF8.GetString(Convert.FromBase64String(seen[8..])));
            }
            else if (status >= 200)
            {
                return new ServerReading(served, $"refuses with {status}");
            }
        }

        return new ServerReading(served, end);
    }
}
