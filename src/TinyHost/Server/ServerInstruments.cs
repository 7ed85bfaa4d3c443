// Owns: the instruments of one meter, which all servers of a host share.

using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// A meter factory keeps its meters, and a meter its instruments, for as long as the host lives. So the instruments are created once for
/// each meter, and refer to the connections of running servers alone: a server that has stopped can be collected.
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

    // The methods that had active requests. Each is reported from then on, as 0 if need be: a series that comes and goes cannot be graphed.
    private readonly List<string> _methods = ["GET"];
    private readonly List<string> _secureMethods = [];
    private readonly Lock _lock = new();
    private ConnectionTable[] _running = [];

    private ServerInstruments(GuardedMeter guarded, Meter meter)
    {
        Meter = meter;
        RequestDuration = CreateHistogram("http.server.request.duration", "Duration of HTTP server requests.", s_durationBoundaries);
        guarded.Create("http.server.active_requests", () => meter.CreateObservableUpDownCounter(
            "http.server.active_requests", ObserveActiveRequests, "{request}", "Number of active HTTP server requests."));
        guarded.Create("tinyhost.connections.active", () => meter.CreateObservableUpDownCounter(
            "tinyhost.connections.active", CountConnections, "{connection}", "Number of open connections."));
        guarded.Create("tinyhost.connections.accepted", () => meter.CreateObservableCounter(
            "tinyhost.connections.accepted", CountAccepted, "{connection}", "Number of connections accepted."));
        ConnectionDuration = CreateHistogram(
            "tinyhost.connection.duration", "Duration of connections, by the reason for which they were closed.", s_connectionBoundaries);
        QueueDelay = CreateHistogram(
            "tinyhost.threadpool.queue_delay", "How long work waited for a thread of the thread pool, measured once a second.",
            s_queueDelayBoundaries);
        ConnectionsRejected = guarded.Create("tinyhost.connections.rejected", () => meter.CreateCounter<long>(
            "tinyhost.connections.rejected", "{connection}", "Number of connections closed at once, by reason."));
        RequestsRejected = guarded.Create("tinyhost.requests.rejected", () => meter.CreateCounter<long>(
            "tinyhost.requests.rejected", "{request}", "Number of requests the server itself refused, by reason."));

        Histogram<double>? CreateHistogram(string name, string description, double[] boundaries)
        {
            var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = boundaries };
            return guarded.Create(name, () => meter.CreateHistogram(name, "s", description, tags: null, advice));
        }
    }

    internal Meter Meter { get; }

    /// <summary>The number of connections accepted, over all servers and runs.</summary>
    internal StrongBox<long> Accepted { get; } = new();

    internal Histogram<double>? RequestDuration { get; }

    internal Histogram<double>? ConnectionDuration { get; }

    internal Histogram<double>? QueueDelay { get; }

    internal Counter<long>? ConnectionsRejected { get; }

    internal Counter<long>? RequestsRejected { get; }

    /// <summary>The instruments of the factory's meter; without a factory, or if it fails, those of a new meter, to be disposed.</summary>
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

    /// <summary>A server begins to accept connections.</summary>
    internal void Add(ConnectionTable connections)
    {
        lock (_lock)
        {
            _running = [.. _running, connections];
        }
    }

    /// <summary>A server has stopped.</summary>
    internal void Remove(ConnectionTable connections)
    {
        lock (_lock)
        {
            _running = Array.FindAll(_running, running => running != connections);
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

    // An array: the code for a span of tags belongs to no assembly that is compiled ahead.
    private static Measurement<long> ActiveRequests(string method, string scheme, long count) =>
        new(count, (KeyValuePair<string, object?>[])[new("http.request.method", method), new("url.scheme", scheme)]);

    private long CountAccepted() => Interlocked.Read(ref Accepted.Value);

    private long CountConnections()
    {
        long count = 0;
        foreach (var connections in Volatile.Read(ref _running))
        {
            count += connections.Count;
        }

        return count;
    }

    private Measurement<long>[] ObserveActiveRequests()
    {
        var counts = new Dictionary<string, long>();
        // Null without TLS.
        Dictionary<string, long>? secure = null;
        foreach (var connections in Volatile.Read(ref _running))
        {
            foreach (var connection in connections.Connections)
            {
                if (connection.Request.MeasuredMethod is { } method)
                {
                    var ofScheme = connection.Http1Connection.IsSecure ? secure ??= [] : counts;
                    var known = ServerMetrics.Known(method);
                    ofScheme[known] = ofScheme.GetValueOrDefault(known) + 1;
                }
            }
        }

        lock (_lock)
        {
            Remember(counts, _methods);
            var measurements = _methods.ConvertAll(method => ActiveRequests(method, "http", counts.GetValueOrDefault(method)));
            if (secure is not null || _secureMethods.Count > 0)
            {
                secure ??= [];
                Remember(secure, _secureMethods);
                measurements.AddRange(
                    _secureMethods.ConvertAll(method => ActiveRequests(method, "https", secure.GetValueOrDefault(method))));
            }

            return [.. measurements];
        }
    }

    private static void Remember(Dictionary<string, long> counts, List<string> methods)
    {
        foreach (var method in counts.Keys)
        {
            if (!methods.Contains(method))
            {
                methods.Add(method);
            }
        }
    }
}
