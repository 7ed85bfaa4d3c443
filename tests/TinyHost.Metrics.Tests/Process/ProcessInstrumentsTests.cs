using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Processes;

public sealed class ProcessInstrumentsTests
{
    [Fact]
    public void The_families_have_the_names_every_client_uses()
    {
        using var test = new TestCollector(process: new Probe(
            new ProcessReading(1.5, 2, 3, 4) { MaxVirtualBytes = ulong.MaxValue, Threads = 5, ReceivedBytes = 6, SentBytes = 7 }));
        Assert.Equal(
            ["process_cpu_seconds_total 1.5", "process_max_fds 1024", "process_network_receive_bytes_total 6",
                "process_network_transmit_bytes_total 7", "process_open_fds 4", "process_resident_memory_bytes 2",
                "process_start_time_seconds 1000.5", "process_threads 5", "process_virtual_memory_bytes 3",
                "process_virtual_memory_max_bytes 1.8446744073709552E+19"],
            OwnSamples(test));
    }

    [Fact]
    public void Unknown_figures_are_omitted()
    {
        using var test = new TestCollector(process: new Probe(ProcessReading.Unknown with { CpuSeconds = 1 }));
        Assert.Equal(["process_cpu_seconds_total 1", "process_max_fds 1024", "process_start_time_seconds 1000.5"], OwnSamples(test));
    }

    [Fact]
    public void Every_collector_has_the_process_metrics()
    {
        using var test = new TestCollector();
        var text = TestCollector.Text(test.CollectOwn());
        Assert.Contains("\nprocess_cpu_seconds_total ", text, StringComparison.Ordinal);
        Assert.Contains("\nprocess_start_time_seconds ", text, StringComparison.Ordinal);
    }

    private static string[] OwnSamples(TestCollector test) =>
        [.. TestCollector.Text(test.CollectOwn()).Split('\n').Where(line => line.StartsWith("process_", StringComparison.Ordinal))];

    private sealed class Probe(ProcessReading reading) : IProcessProbe
    {
        public double StartSeconds => 1_000.5;

        public double MaxDescriptors => 1_024;

        public ProcessReading Read() => reading;

        public void Dispose()
        {
        }
    }
}
