using System.Collections;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class ScrapeAllocationTests
{
    // Tasks, a timer, the process reading and the compressor, but nothing per series.
    private const int Allowed = 4_096;
    private const int Series = 500;

    public static TheoryData<string> Scrapes =>
    [
        "",
        "Accept: application/openmetrics-text;version=1.0.0\r\nX-Prometheus-Scrape-Timeout-Seconds: 10\r\n",
        "Accept: application/openmetrics-text;version=2.0.0\r\n",
        "Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited\r\n",
        "Accept-Encoding: gzip\r\n",
        "Accept: application/openmetrics-text;version=1.0.0\r\nAccept-Encoding: gzip\r\n",
    ];

    /// <summary>Counts allocations of all threads of the process.</summary>
    [Theory]
    [MemberData(nameof(Scrapes))]
    public async Task A_scrape_of_many_series_allocates_less_than_four_kilobytes(string fields)
    {
        var isOptimized = typeof(PrometheusMetrics).Assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled != true;
        Assert.SkipUnless(isOptimized, "needs optimized code (dotnet test -c Release): in a debug build every async method allocates");
        using var meter = new Meter(TestCollector.NewMeterName());
        await using var server = await MetricsServer.StartAsync(options =>
        {
            options.ApplicationMeters = false;
            options.Meters.Clear();
            options.Meters.Add("TinyHost");
            options.Meters.Add(meter.Name);
        });
        var counter = meter.CreateCounter<int>("c");
        for (var i = 0; i < Series; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("a", i));
        }

        meter.CreateHistogram<double>("h", "s").Record(1);
        var measurements = new ReusedSequence([new(1, new KeyValuePair<string, object?>("a", "b")), new(2)]);
        meter.CreateObservableGauge("observed", () => measurements);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, server.MetricsPort);
        var request = Encoding.ASCII.GetBytes($"GET /metrics HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        var response = new byte[65_536];

        // Take the minimum: other code, and code not yet optimized, may allocate during a round.
        var least = long.MaxValue;
        for (var round = 0; round < 2_000 && least > 100 * Allowed; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < 100; i++)
            {
                Scrape(socket, request, response);
            }

            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.True(least <= 100 * Allowed, $"{least / 100} bytes were allocated for each scrape.");
    }

    // Synchronous and free of allocations.
    private static void Scrape(Socket socket, byte[] request, byte[] response)
    {
        socket.Send(request);
        var received = 0;
        var head = -1;
        do
        {
            // Poll first, so that Receive does not allocate a wait operation.
            socket.Poll(Timeout.InfiniteTimeSpan, SelectMode.SelectRead);
            received += socket.Receive(response.AsSpan(received));
            head = head < 0 ? response.AsSpan(0, received).IndexOf("\r\n\r\n"u8) : head;
        }
        while (head < 0 || received < head + 4 + ContentLength(response.AsSpan(0, head + 2)));
    }

    private static int ContentLength(ReadOnlySpan<byte> head)
    {
        var field = head[(head.IndexOf("Content-Length: "u8) + "Content-Length: ".Length)..];
        return int.Parse(field[..field.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
    }

    // Enumerating an array or a list would allocate.
    private sealed class ReusedSequence(List<Measurement<long>> measurements)
        : IEnumerable<Measurement<long>>, IEnumerator<Measurement<long>>
    {
        private int _next;

        public Measurement<long> Current => measurements[_next - 1];

        object IEnumerator.Current => Current;

        public IEnumerator<Measurement<long>> GetEnumerator()
        {
            _next = 0;
            return this;
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public bool MoveNext() => _next++ < measurements.Count;

        public void Reset() => _next = 0;

        public void Dispose()
        {
        }
    }
}
