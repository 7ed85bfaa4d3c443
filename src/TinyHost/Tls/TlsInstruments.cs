// Owns: what is measured about TLS. Exists only where a prefix has TLS.

using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Security.Authentication;

namespace TinyHost;

/// <summary>Made once for each meter, as the other instruments of a server are.</summary>
internal sealed class TlsInstruments
{
    // From a resumed session to the default deadline.
    private static readonly double[] s_boundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly string[] s_failures = Array.ConvertAll(Enum.GetNames<HandshakeFailure>(), RejectReasons.ToSnakeCase);
    private static readonly ConditionalWeakTable<Meter, TlsInstruments> s_ofMeters = [];

    private readonly GuardedHistogram _handshakes;
    private readonly GuardedCounter _reloadFailures;
    private readonly Lock _lock = new();
    private TlsOpener[] _running = [];

    private TlsInstruments(Meter meter, ObserverGuard guard)
    {
        var guarded = new GuardedMeter(meter, guard);
        _handshakes = guarded.Histogram(
            "tinyhost.tls.handshake.duration", "s", "Duration of TLS handshakes, by the version agreed on or the reason of the failure.",
            new InstrumentAdvice<double> { HistogramBucketBoundaries = s_boundaries });
        _reloadFailures = guarded.Counter(
            "tinyhost.tls.reload_failures", "{reload}", "Number of times that changed certificate files could not be used.");
        guarded.Create("tinyhost.tls.certificate.expiry", () => meter.CreateObservableGauge(
            "tinyhost.tls.certificate.expiry", Expiries, "s", "When each certificate in use expires, in Unix time."));
    }

    internal static TlsInstruments Of(Meter meter, ObserverGuard guard)
    {
        lock (s_ofMeters)
        {
            if (!s_ofMeters.TryGetValue(meter, out var instruments))
            {
                s_ofMeters.Add(meter, instruments = new TlsInstruments(meter, guard));
            }

            return instruments;
        }
    }

    /// <summary>The certificates of a prefix are in use from now on.</summary>
    internal void Add(TlsOpener opener)
    {
        lock (_lock)
        {
            _running = [.. _running, opener];
        }
    }

    internal void Remove(TlsOpener opener)
    {
        lock (_lock)
        {
            _running = Array.FindAll(_running, running => running != opener);
        }
    }

    /// <summary>A time stamp for the end; 0 while nothing listens.</summary>
    internal long HandshakeStarted() => _handshakes.Enabled ? Stopwatch.GetTimestamp() : 0;

    internal void HandshakeSucceeded(long started, SslProtocols version)
    {
        if (started != 0)
        {
            _handshakes.Record(
                Stopwatch.GetElapsedTime(started).TotalSeconds,
                new KeyValuePair<string, object?>("tls.protocol.version", version == SslProtocols.Tls12 ? "1.2" : "1.3"));
        }
    }

    internal void HandshakeFailed(long started, HandshakeFailure failure)
    {
        if (started != 0)
        {
            _handshakes.Record(
                Stopwatch.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("error.type", NameOf(failure)));
        }
    }

    internal void ReloadFailed(string prefix) => _reloadFailures.Add(1, new KeyValuePair<string, object?>("prefix", prefix));

    internal static string NameOf(HandshakeFailure failure) => s_failures[(int)failure];

    private List<Measurement<double>> Expiries()
    {
        var expiries = new List<Measurement<double>>();
        foreach (var opener in Volatile.Read(ref _running))
        {
            foreach (var certificate in opener.Certificates)
            {
                KeyValuePair<string, object?>[] tags = [new("prefix", opener.Prefix), new("certificate", certificate.DisplayName)];
                expiries.Add(new(certificate.NotAfter.ToUnixTimeSeconds(), tags));
            }
        }

        return expiries;
    }
}
