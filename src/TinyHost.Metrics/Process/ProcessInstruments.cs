// Owns: the process_* families that every Prometheus client has, as instruments.
// Does not own: reading the process (IProcessProbe).
// Source: Prometheus, "Writing client libraries", Process metrics.

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

/// <summary>Six observables over one reading a collection. A figure that is unknown is not reported.</summary>
internal sealed class ProcessInstruments : IDisposable
{
    private readonly IProcessProbe _probe;
    private readonly Figure _cpu = new();
    private readonly Figure _resident = new();
    private readonly Figure _virtual = new();
    private readonly Figure _openDescriptors = new();
    private readonly Figure _maxDescriptors = new();
    private readonly Figure _start = new();

    internal ProcessInstruments(Meter meter, GuardedMeter guarded, IProcessProbe probe)
    {
        _probe = probe;
        guarded.Create("process.cpu", () => meter.CreateObservableCounter("process.cpu", () => _cpu.Measurements, "s", "Processor time the process has used, user and system."));
        guarded.Create("process.resident_memory", () => meter.CreateObservableGauge("process.resident_memory", () => _resident.Measurements, "By", "Memory of the process that is resident."));
        guarded.Create("process.virtual_memory", () => meter.CreateObservableGauge("process.virtual_memory", () => _virtual.Measurements, "By", "Address space of the process."));
        guarded.Create("process.open_fds", () => meter.CreateObservableGauge("process.open_fds", () => _openDescriptors.Measurements, null, "File descriptors the process has open; handles on Windows."));
        guarded.Create("process.max_fds", () => meter.CreateObservableGauge("process.max_fds", () => _maxDescriptors.Measurements, null, "File descriptors the process may have open."));
        guarded.Create("process.start_time", () => meter.CreateObservableGauge("process.start_time", () => _start.Measurements, "s", "When the process began, since 1970."));
    }

    /// <summary>Reads the process. Called once before the instruments are observed.</summary>
    internal void Read()
    {
        var reading = _probe.Read();
        _cpu.Value = reading.CpuSeconds;
        _resident.Value = reading.ResidentBytes;
        _virtual.Value = reading.VirtualBytes;
        _openDescriptors.Value = reading.OpenDescriptors;
        _maxDescriptors.Value = _probe.MaxDescriptors;
        _start.Value = _probe.StartSeconds;
    }

    public void Dispose() => _probe.Dispose();

    // A measurement, or none while the figure is unknown.
    private sealed class Figure
    {
        internal Figure() => Measurements = new ReusedMeasurements<double>(measurements =>
        {
            var value = Value;
            if (!double.IsNaN(value))
            {
                measurements.Add(new Measurement<double>(value));
            }
        });

        internal ReusedMeasurements<double> Measurements { get; }

        internal double Value { get; set; } = double.NaN;
    }
}
