// Owns: creating instruments and disposing their meter, whatever the meter listeners that are told of it do.

using System.Diagnostics.Metrics;

namespace TinyHost;

/// <summary>The calls that create an instrument and that dispose its meter run the listeners, and throw what they throw.</summary>
internal sealed class GuardedMeter(Meter meter, ObserverGuard guard) : IDisposable
{
    internal GuardedHistogram Histogram(string name, string unit, string description, InstrumentAdvice<double>? advice = null) =>
        new(Create(name, () => meter.CreateHistogram(name, unit, description, tags: null, advice)), guard);

    internal GuardedCounter Counter(string name, string unit, string description) =>
        new(Create(name, () => meter.CreateCounter<long>(name, unit, description)), guard);

    internal GuardedUpDownCounter UpDownCounter(string name, string unit, string description) =>
        new(Create(name, () => meter.CreateUpDownCounter<long>(name, unit, description)), guard);

    /// <summary>Creates an instrument. One whose publication failed exists all the same; null if it cannot be found.</summary>
    internal T? Create<T>(string name, Func<T> create)
        where T : Instrument
    {
        try
        {
            return create();
        }
        catch (Exception failure)
        {
            guard.Failed($"A meter listener told of instrument {name}", failure);
            return Find<T>(name);
        }
    }

    public void Dispose() => guard.Run($"A meter listener told of the end of meter {meter.Name}", meter, static meter => meter.Dispose());

    private T? Find<T>(string name)
        where T : Instrument
    {
        T? found = null;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter == meter && instrument.Name == name)
            {
                found = instrument as T;
            }
        };
        listener.Start();
        return found;
    }
}
