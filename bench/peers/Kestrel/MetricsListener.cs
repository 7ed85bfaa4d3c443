// Owns: taking the measurements of ASP.NET Core, so that it makes them. They are not added up: that cost would be the library's.

using System.Diagnostics.Metrics;

namespace TinyHost.Bench.Peers.Kestrel;

internal static class MetricsListener
{
    /// <summary>Listens until the listener is disposed.</summary>
    public static MeterListener Start()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        listener.Start();
        return listener;
    }
}
