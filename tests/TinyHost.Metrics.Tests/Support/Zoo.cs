// Owns: one instrument of every kind, with fixed values.

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics.Tests.Support;

internal static class Zoo
{
    internal static void Fill(Meter meter)
    {
        var requests = meter.CreateCounter<long>("http.requests", "{request}", "Requests.\nTwo lines, a \\ and a \"quote\".");
        requests.Add(3, new("http.request.method", "GET"), new("http.response.status_code", 200));
        requests.Add(1, new("http.response.status_code", 404), new("http.request.method", "POST"));
        requests.Add(2);
        meter.CreateCounter<double>("time", "s", "Time spent.").Add(0.1 + 0.2);
        meter.CreateUpDownCounter<int>("queue.length", "{item}", "Länge der Schlange 🐍.").Add(-4);
        var gauge = meter.CreateGauge<double>("extremes", null, "Values at the edge.");
        foreach (var value in (double[])[0, -0.0, 1, -1, 1e15, 123456789012345, 1e16, 1e-7, 1.0 / 3, Math.PI * 1e20, double.Epsilon,
            double.MaxValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity])
        {
            gauge.Record(
                value, new KeyValuePair<string, object?>("of", value.ToString("R", System.Globalization.CultureInfo.InvariantCulture)));
        }

        var awkward = meter.CreateGauge<int>("label.values", null, "Values that need care.");
        foreach (var value in (string[])["\\", "\"", "\n", "\\n", "a\0b", "\r", "\t", "😀", "{}", "a,b=\"c\"", "\uD83D", "\u2028"])
        {
            awkward.Record(value.Length, new("value", value), new("5 odd-names.é", true));
        }

        var duration = meter.CreateHistogram(
            "duration", "s", "Durations.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.5, 1, 2.5, 1e6] });
        duration.Record(0.005, new KeyValuePair<string, object?>("route", "/users/{id}"));
        duration.Record(0.75, new KeyValuePair<string, object?>("route", "/users/{id}"));
        duration.Record(2e6, new KeyValuePair<string, object?>("route", "/users/{id}"));
        duration.Record(1);
        meter.CreateHistogram<int>("size", "By").Record(12);
        meter.CreateObservableCounter(
            "observed", () => new[] { new Measurement<long>(7, new KeyValuePair<string, object?>("a", "b")) }, "By", "Observed.");
        meter.CreateObservableGauge("fill", () => 0.25, "1", "How full it is.");
        meter.CreateObservableGauge("nothing", () => Array.Empty<Measurement<int>>(), null, "Never reported.");
        meter.CreateCounter<int>("never.recorded", null, "Never recorded.");
    }
}
