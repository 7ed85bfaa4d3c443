// Owns: meters for the JSON-RPC example when there is no Generic Host.

using System.Diagnostics.Metrics;

namespace TinyHost.Bench.Shared;

internal sealed class BenchMeterFactory : IMeterFactory
{
    private readonly List<Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose() => _meters.ForEach(meter => meter.Dispose());
}
