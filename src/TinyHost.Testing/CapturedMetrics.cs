// Owns: keeping every measurement of a test's server and app, and reading them.

using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace TinyHost.Testing;

/// <summary>
/// The measurements of a <see cref="TestServer"/> and its app: of every meter that its <c>IMeterFactory</c> has made, and of other meters,
/// such as one in a static field, those made by its handlers and by work that they started. So tests that run at once do not see each
/// other's. Instruments and tags have their names of <c>System.Diagnostics.Metrics</c>, as in <c>http.server.request.duration</c>.
/// Callable from any thread.
/// </summary>
/// <remarks>
/// The methods take tags that a measurement must have, such as <c>("http.route", "/hello")</c>; it may have others. Values of tags compare
/// as text.
/// </remarks>
#pragma warning disable CA1001 // The test server stops the listener.
public sealed class CapturedMetrics
#pragma warning restore CA1001
{
    // The reading thread's, while it asks observable instruments.
    private static readonly AsyncLocal<ConcurrentQueue<Measured>?> s_observed = new();

    private readonly MemoryNetwork _network;
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<Measured> _measurements = new();
    private readonly ConcurrentDictionary<string, Instrument> _instruments = new();

    internal CapturedMetrics(MemoryNetwork network)
    {
        _network = network;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope is not { } scope || scope == Factory)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<byte>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<short>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<float>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<decimal>((instrument, value, tags, _) => Add(instrument, (double)value, tags));
        _listener.Start();
    }

    /// <summary>What makes the meters of the server and its app. Set before it makes the first.</summary>
    internal IMeterFactory? Factory { get; set; }

    /// <summary>How many measurements the instrument has made: for a histogram, the number of values recorded.</summary>
    public int Count(string instrument, params (string Name, object? Value)[] tags) => Values(instrument, tags).Count;

    /// <summary>The sum of all measurements: the total of a counter.</summary>
    public double Sum(string instrument, params (string Name, object? Value)[] tags) => Values(instrument, tags).Sum();

    /// <summary>Each measurement, in order. Observable instruments make none by themselves: see <see cref="Value"/>.</summary>
    public IReadOnlyList<double> Values(string instrument, params (string Name, object? Value)[] tags) =>
        [.. Find(_measurements, instrument, tags).Select(measured => measured.Value)];

    /// <summary>
    /// The current value: the total of a counter or up-down counter, the last measurement of a gauge, and what an observable instrument
    /// says now, summed over its series. Throws <see cref="InvalidOperationException"/> if no instrument of the name has a value with these
    /// tags, or if it is a histogram.
    /// </summary>
    public double Value(string instrument, params (string Name, object? Value)[] tags)
    {
        var observed = Observe();
        if (Find(observed, instrument, tags) is { Count: > 0 } now)
        {
            return now.Sum(measured => measured.Value);
        }

        var made = Find(_measurements, instrument, tags);
        if (made.Count == 0)
        {
            var known = _instruments.Keys.Concat(observed.Select(measured => measured.Instrument.Name)).Distinct();
            throw new InvalidOperationException(
                $"'{instrument}' has no value{(tags.Length == 0 ? "" : " with these tags")}. The instruments with values are: "
                + $"{string.Join(", ", known.Order(StringComparer.Ordinal))}.");
        }

        var kind = made[^1].Instrument.GetType();
        return kind.GetGenericTypeDefinition() == typeof(Histogram<>)
            ? throw new InvalidOperationException($"'{instrument}' is a histogram, which has no current value: read Count, Sum or Values.")
            : kind.GetGenericTypeDefinition() == typeof(Gauge<>) ? made[^1].Value : made.Sum(measured => measured.Value);
    }

    internal void Stop() => _listener.Dispose();

    private static List<Measured> Find(IEnumerable<Measured> measurements, string instrument, (string Name, object? Value)[] tags)
    {
        ArgumentNullException.ThrowIfNull(instrument);
        ArgumentNullException.ThrowIfNull(tags);
        return [.. measurements.Where(measured => measured.Instrument.Name == instrument && Array.TrueForAll(tags, measured.Has))];
    }

    private ConcurrentQueue<Measured> Observe()
    {
        var observed = new ConcurrentQueue<Measured>();
        s_observed.Value = observed;
        try
        {
            _listener.RecordObservableInstruments();
        }
        finally
        {
            s_observed.Value = null;
        }

        return observed;
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (instrument.IsObservable)
        {
            s_observed.Value?.Enqueue(new Measured(instrument, value, tags.ToArray()));
        }
        else if (instrument.Meter.Scope is not null || _network.IsCurrent)
        {
            _instruments.TryAdd(instrument.Name, instrument);
            _measurements.Enqueue(new Measured(instrument, value, tags.ToArray()));
        }
    }

    private sealed record Measured(Instrument Instrument, double Value, KeyValuePair<string, object?>[] Tags)
    {
        internal bool Has((string Name, object? Value) wanted) =>
            Array.Exists(Tags, tag => tag.Key == wanted.Name && Text(tag.Value) == Text(wanted.Value));

        private static string? Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture);
    }
}
