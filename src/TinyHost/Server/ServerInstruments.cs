// Owns: the instruments of one meter, which all servers of a host share.
// Does not own: what is recorded in them (ServerMetrics), or exporting it.

using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// A meter factory keeps its meters, and a meter its instruments, for as long as the host lives. So the instruments are created once for each
/// meter, and hold of a server only the connections it has while it runs: a server that has stopped can be collected.
/// </summary>
internal sealed class ServerInstruments
{
    private const string MeterName = "TinyHost";

    // Semantic conventions, HTTP metrics: advised boundaries in seconds.
    private static readonly double[] s_durationBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    // As Kestrel's kestrel.connection.duration.
    private static readonly double[] s_connectionBoundaries = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

    // From what a free thread takes to where a scrape times out.
    private static readonly double[] s_queueDelayBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

    private static readonly ConditionalWeakTable<Meter, ServerInstruments> s_ofFactories = [];

    // By method, each made anew when its value changes. One that was reported goes on at 0 when nothing is active: a series that comes and goes
    // cannot be graphed.
    private readonly Measurement<long>?[] _activeRequests = new Measurement<long>?[KnownMethods.Count];
    private readonly Lock _gate = new();
    private ConnectionTable[] _open = [];
    private long _connectionsAccepted;

    private ServerInstruments(GuardedMeter guarded, Meter meter)
    {
        _activeRequests[KnownMethods.Get] = ActiveRequests(KnownMethods.Get, 0);
        RequestDuration = guarded.Create("http.server.request.duration", () => meter.CreateHistogram(
            "http.server.request.duration", "s", "Duration of HTTP server requests.", tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = s_durationBoundaries }));
        guarded.Create("http.server.active_requests", () => meter.CreateObservableUpDownCounter(
            "http.server.active_requests", ObserveActiveRequests, "{request}", "Number of active HTTP server requests."));
        guarded.Create("tinyhost.connections.active", () => meter.CreateObservableUpDownCounter(
            "tinyhost.connections.active", ObserveConnections, "{connection}", "Number of open connections."));
        guarded.Create("tinyhost.connections.accepted", () => meter.CreateObservableCounter(
            "tinyhost.connections.accepted", () => ObservedMeasurements.Of(Interlocked.Read(ref _connectionsAccepted)), "{connection}", "Number of connections accepted."));
        ConnectionDuration = guarded.Create("tinyhost.connection.duration", () => meter.CreateHistogram(
            "tinyhost.connection.duration", "s", "Duration of connections, by the reason for which they were closed.", tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = s_connectionBoundaries }));
        QueueDelay = guarded.Create("tinyhost.threadpool.queue_delay", () => meter.CreateHistogram(
            "tinyhost.threadpool.queue_delay", "s", "How long work waited for a thread of the thread pool, measured once a second.", tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = s_queueDelayBoundaries }));
        ConnectionsRejected = guarded.Create("tinyhost.connections.rejected", () => meter.CreateCounter<long>(
            "tinyhost.connections.rejected", "{connection}", "Number of connections closed at once, by reason."));
        RequestsRejected = guarded.Create("tinyhost.requests.rejected", () => meter.CreateCounter<long>(
            "tinyhost.requests.rejected", "{request}", "Number of requests the server itself refused, by reason."));
    }

    internal Histogram<double>? RequestDuration { get; }

    internal Histogram<double>? ConnectionDuration { get; }

    internal Histogram<double>? QueueDelay { get; }

    internal Counter<long>? ConnectionsRejected { get; }

    internal Counter<long>? RequestsRejected { get; }

    /// <summary>Those of the factory's meter; of a meter of their own, to be disposed of, if there is no factory or it fails.</summary>
    internal static ServerInstruments For(IMeterFactory? factory, ObserverGuard guard, out GuardedMeter? own)
    {
        own = null;
        if (factory is not null && TryCreate(factory, guard) is { } meter)
        {
            lock (s_ofFactories)
            {
                if (!s_ofFactories.TryGetValue(meter, out var shared))
                {
                    s_ofFactories.Add(meter, shared = new ServerInstruments(new GuardedMeter(meter, guard), meter));
                }

                return shared;
            }
        }

        meter = new Meter(MeterName);
        own = new GuardedMeter(meter, guard);
        return new ServerInstruments(own, meter);
    }

    internal void ConnectionAccepted() => Interlocked.Increment(ref _connectionsAccepted);

    /// <summary>A server begins to accept connections.</summary>
    internal void Add(ConnectionTable connections)
    {
        lock (_gate)
        {
            Volatile.Write(ref _open, [.. _open, connections]);
        }
    }

    /// <summary>It has stopped.</summary>
    internal void Remove(ConnectionTable connections)
    {
        lock (_gate)
        {
            Volatile.Write(ref _open, Array.FindAll(_open, open => open != connections));
        }
    }

    private static Meter? TryCreate(IMeterFactory factory, ObserverGuard guard)
    {
        try
        {
            return factory.Create(MeterName) ?? throw new InvalidOperationException("It made no meter.");
        }
#pragma warning disable CA1031 // Reported by the guard: a server without its factory's meter still serves.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            guard.Failed("The meter factory", failure);
            return null;
        }
    }

    // An array: the code for a span of parameters belongs to no assembly that is compiled ahead.
    private static Measurement<long> ActiveRequests(int method, long count) =>
        new(count, (KeyValuePair<string, object?>[])[new("http.request.method", KnownMethods.Name(method)), new("url.scheme", "http")]);

    private ObservedMeasurements ObserveConnections()
    {
        long count = 0;
        foreach (var connections in Volatile.Read(ref _open))
        {
            count += connections.Count;
        }

        return ObservedMeasurements.Of(count);
    }

    private ObservedMeasurements ObserveActiveRequests()
    {
        Span<long> counts = stackalloc long[KnownMethods.Count];
        counts.Clear();
        foreach (var connections in Volatile.Read(ref _open))
        {
            foreach (var connection in connections.Connections)
            {
                if (connection.ActiveMethod is { } method)
                {
                    counts[KnownMethods.IndexOf(method)]++;
                }
            }
        }

        var observed = ObservedMeasurements.Take();
        lock (_activeRequests)
        {
            for (var i = 0; i < counts.Length; i++)
            {
                var held = _activeRequests[i];
                if (held is null ? counts[i] > 0 : held.Value.Value != counts[i])
                {
                    held = _activeRequests[i] = ActiveRequests(i, counts[i]);
                }

                if (held is { } measurement)
                {
                    observed.With(measurement);
                }
            }
        }

        return observed;
    }
}
