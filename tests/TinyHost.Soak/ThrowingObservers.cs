// Owns: observers that fail at random: a logger, a meter listener, an activity listener.

using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace TinyHost.Soak;

internal sealed class ThrowingObservers : ILoggerFactory, ILogger, IDisposable
{
    private readonly MeterListener _meters = new();
    private readonly ActivityListener _activities;
    private long _failures;

    internal ThrowingObservers()
    {
        // Skip the instrument that the soak test itself reads.
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "TinyHost" && instrument.Name != "tinyhost.connections.active")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<long>((_, _, _, _) => Fail());
        _meters.SetMeasurementEventCallback<double>((_, _, _, _) => Fail());
        _meters.Start();
        _activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("TinyHost", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = _ => Fail(),
            ActivityStopped = _ => Fail(),
        };
        ActivitySource.AddActivityListener(_activities);
    }

    internal long Failures => Interlocked.Read(ref _failures);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public bool IsEnabled(LogLevel logLevel)
    {
        Fail();
        return true;
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull
    {
        Fail();
        return null;
    }

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Fail();

    public void Dispose()
    {
        _meters.Dispose();
        _activities.Dispose();
    }

    // One call in three fails, so that code after a successful call is tested too.
    private void Fail()
    {
        if (Random.Shared.Next(3) == 0)
        {
            Interlocked.Increment(ref _failures);
            throw new InvalidOperationException("This observer fails at random.");
        }
    }
}
