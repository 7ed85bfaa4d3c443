// Owns: what a server made of the octets of one connection, in a form in which two servers can be compared: the requests it served, as it
// read them, and how it ended.
// Does not own: which of two is right (Differences).

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Conformance;

internal sealed record ServerReading(IReadOnlyList<string> Served, string End)
{
    /// <summary>How long a server may send nothing before it counts as one that waits for more octets.</summary>
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(4);

    internal bool IsRefusal => End.StartsWith("refuses", StringComparison.Ordinal);

    /// <summary>Sends everything and reads to the end of the connection, or as long as something comes.</summary>
    internal static async Task<ServerReading> OfAsync(IPEndPoint server, string octets)
    {
        using var client = await RawClient.ConnectAsync(server);
        var sending = client.SendAsync(octets);
        var sent = await client.ReadAllThereIsAsync(s_quiet);
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

    /// <summary>Every response that says what was read is of a request that was served: no content follows its head. One that does not is a refusal.</summary>
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
