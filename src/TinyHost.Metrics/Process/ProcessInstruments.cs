// Owns: the process_* families that every Prometheus client has, as instruments.
// Does not own: reading the process (IProcessProbe).
// Source: Prometheus, "Writing client libraries", Process metrics.

using System.Collections;
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

    internal ProcessInstruments(Meter meter, IProcessProbe probe)
    {
        _probe = probe;
        meter.CreateObservableCounter("process.cpu", () => _cpu, "s", "Processor time the process has used, user and system.");
        meter.CreateObservableGauge("process.resident_memory", () => _resident, "By", "Memory of the process that is resident.");
        meter.CreateObservableGauge("process.virtual_memory", () => _virtual, "By", "Address space of the process.");
        meter.CreateObservableGauge("process.open_fds", () => _openDescriptors, null, "File descriptors the process has open; handles on Windows.");
        meter.CreateObservableGauge("process.max_fds", () => _maxDescriptors, null, "File descriptors the process may have open.");
        meter.CreateObservableGauge("process.start_time", () => _start, "s", "When the process began, since 1970.");
    }

    /// <summary>Reads the process. Called once before the instruments are observed.</summary>
    internal void Read()
    {
        ProcessReading reading = _probe.Read();
        _cpu.Value = reading.CpuSeconds;
        _resident.Value = reading.ResidentBytes;
        _virtual.Value = reading.VirtualBytes;
        _openDescriptors.Value = reading.OpenDescriptors;
        _maxDescriptors.Value = _probe.MaxDescriptors;
        _start.Value = _probe.StartSeconds;
    }

    public void Dispose() => _probe.Dispose();

    /// <summary>A sequence of one measurement, or none, and its own enumerator: observing it allocates nothing. One collection runs at a time.</summary>
    private sealed class Figure : IEnumerable<Measurement<double>>, IEnumerator<Measurement<double>>
    {
        private bool _taken;

        internal double Value { get; set; } = double.NaN;

        public Measurement<double> Current => new(Value);

        object IEnumerator.Current => Current;

        public IEnumerator<Measurement<double>> GetEnumerator()
        {
            _taken = double.IsNaN(Value);
            return this;
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public bool MoveNext() => !_taken && (_taken = true);

        public void Reset() => _taken = false;

        public void Dispose()
        {
        }
    }
}
