// Owns: a meter factory with one meter per name, like the Generic Host's.

using System.Diagnostics.Metrics;

namespace TinyHost.Tests.Support;

internal sealed class PlainMeterFactory : IMeterFactory
{
    private readonly Dictionary<string, Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        if (!_meters.TryGetValue(options.Name, out var meter))
        {
            _meters[options.Name] = meter = new Meter(new MeterOptions(options.Name) { Scope = this });
        }

        return meter;
    }

    public void Dispose()
    {
        foreach (var meter in _meters.Values)
        {
            meter.Dispose();
        }
    }
}
