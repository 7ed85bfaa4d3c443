// Owns: measuring the echo of WebSocket messages of several sizes.

using System.Text;
using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>Text messages, each sent when the one before has come back.</summary>
internal sealed class EchoWorkload(string message)
    : SocketWorkload(
        new SocketLoad("/echo", Encoding.ASCII.GetBytes(message), Connections), new Probe(HttpMethod.Get, "/echo") { Expected = message })
{
    private const int Connections = 64;

    public static IEnumerable<Workload> All =>
        [Of(16, "echo-16", "16 bytes"), Of(4_096, "echo-4k", "4 KiB"), Of(65_536, "echo-64k", "64 KiB")];

    private static EchoWorkload Of(int size, string name, string title) => new(new string('x', size))
    {
        Name = name,
        Family = "echo",
        MaxRounds = 3,
        Size = title,
        Title = $"WebSocket echo of {title}",
        Servers = [ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Kestrel, ServerRows.Go],
        Divisor = ServerRows.Kestrel,
        Measures = Measure.OfLoads,
    };
}
