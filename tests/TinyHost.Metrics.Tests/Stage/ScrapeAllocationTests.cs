using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Stage;

[Collection(ServersAlone.Name)]
public sealed class ScrapeAllocationTests
{
    // The task of the handler, the exposition, and enumerators over the open connections and over the directory of descriptors come to half of
    // that. Callbacks of the app and of the framework, of which there are none here, allocate what they do.
    private const int BytesForEachScrape = 1_024;

    [Theory]
    [InlineData("")]
    [InlineData("Accept: application/openmetrics-text;version=1.0.0\r\nX-Prometheus-Scrape-Timeout-Seconds: 10\r\n")]
    public async Task A_scrape_uses_again_what_earlier_ones_needed(string fields)
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        await using var server = await MetricsServer.StartAsync(options =>
        {
            options.ApplicationMeters = false;
            options.Meters.Clear();
            options.Meters.Add("TinyHost");
            options.Meters.Add(meter.Name);
        });
        meter.CreateCounter<int>("c").Add(1, new KeyValuePair<string, object?>("a", "b"));
        meter.CreateHistogram<double>("h", "s").Record(1);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, server.MetricsPort);
        byte[] request = Encoding.ASCII.GetBytes($"GET /metrics HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        byte[] response = new byte[65_536];

        // Whatever else the process does may allocate in one round, and code that is compiled anew; not in all of them.
        long least = long.MaxValue;
        for (int round = 0; round < 20; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < 100; i++)
            {
                Scrape(socket, request, response);
            }

            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.True(least <= 100 * BytesForEachScrape, $"{least / 100} bytes were allocated for each scrape.");
    }

    // Synchronous, and without anything that allocates itself.
    private static void Scrape(Socket socket, byte[] request, byte[] response)
    {
        socket.Send(request);
        int received = 0;
        int head = -1;
        do
        {
            received += socket.Receive(response.AsSpan(received));
            head = head < 0 ? response.AsSpan(0, received).IndexOf("\r\n\r\n"u8) : head;
        }
        while (head < 0 || received < head + 4 + ContentLength(response.AsSpan(0, head + 2)));
    }

    private static int ContentLength(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> field = head[(head.IndexOf("Content-Length: "u8) + "Content-Length: ".Length)..];
        return int.Parse(field[..field.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
    }
}
