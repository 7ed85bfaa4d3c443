// Owns: the process_* families that all Prometheus clients expose, as instruments, and what they read on every operating system.
// Source: Prometheus, "Writing client libraries", Process metrics; client_golang's process collector.

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

/// <summary>Reads figures of this process. Unknown figures are NaN; nothing throws.</summary>
internal interface IProcessProbe : IDisposable
{
    /// <summary>When the process started, in seconds since 1970; NaN before the first reading.</summary>
    double StartSeconds { get; }

    /// <summary>The limit on open file descriptors; NaN before the first reading.</summary>
    double MaxDescriptors { get; }

    /// <summary>The figures that change.</summary>
    ProcessReading Read();
}

/// <summary>Observables that share one reading per collection. Unknown figures are not reported.</summary>
internal sealed class ProcessInstruments : IDisposable
{
    private readonly Meter _meter;
    private readonly GuardedMeter _guarded;
    private readonly IProcessProbe _probe;
    private ProcessReading _reading = ProcessReading.Unknown;

    internal ProcessInstruments(Meter meter, GuardedMeter guarded, IProcessProbe probe)
    {
        (_meter, _guarded, _probe) = (meter, guarded, probe);
        CreateCounter("process.cpu", () => _reading.CpuSeconds, "s", "Processor time used by the process, user and system.");
        CreateGauge("process.resident_memory", () => _reading.ResidentBytes, "By", "Resident memory of the process.");
        CreateGauge("process.virtual_memory", () => _reading.VirtualBytes, "By", "Virtual memory of the process.");
        CreateGauge("process.virtual_memory_max", () => _reading.MaxVirtualBytes, "By", "Limit on the virtual memory of the process.");
        CreateGauge("process.threads", () => _reading.Threads, null, "Threads of the process, as the operating system counts them.");
        CreateCounter(
            "process.network.receive", () => _reading.ReceivedBytes, "By", "Bytes received over IP, counted per network namespace.");
        CreateCounter("process.network.transmit", () => _reading.SentBytes, "By", "Bytes sent over IP, counted per network namespace.");
        CreateGauge("process.open_fds", () => _reading.OpenDescriptors, null, "Open file descriptors of the process; handles on Windows.");
        CreateGauge("process.max_fds", () => _probe.MaxDescriptors, null, "Limit on open file descriptors of the process.");
        CreateGauge("process.start_time", () => _probe.StartSeconds, "s", "Start of the process, since 1970.");
    }

    /// <summary>Reads the process. Called once before the instruments are observed.</summary>
    internal void Read() => _reading = _probe.Read();

    public void Dispose() => _probe.Dispose();

    private void CreateCounter(string name, Func<double> read, string unit, string description) =>
        _guarded.Create(name, () => _meter.CreateObservableCounter(name, () => Known(read()), unit, description));

    private void CreateGauge(string name, Func<double> read, string? unit, string description) =>
        _guarded.Create(name, () => _meter.CreateObservableGauge(name, () => Known(read()), unit, description));

    private static IEnumerable<Measurement<double>> Known(double value) => double.IsNaN(value) ? [] : [new(value)];
}

/// <summary>Figures of the process at one moment; NaN if unknown. Only Linux has all of them.</summary>
internal sealed record ProcessReading(double CpuSeconds, double ResidentBytes, double VirtualBytes, double OpenDescriptors)
{
    internal static readonly ProcessReading Unknown = new(double.NaN, double.NaN, double.NaN, double.NaN);

    /// <summary>The limit on virtual memory.</summary>
    internal double MaxVirtualBytes { get; init; } = double.NaN;

    internal double Threads { get; init; } = double.NaN;

    /// <summary>Received over IP, loopback included.</summary>
    internal double ReceivedBytes { get; init; } = double.NaN;

    /// <summary>Sent over IP, loopback included.</summary>
    internal double SentBytes { get; init; } = double.NaN;
}
