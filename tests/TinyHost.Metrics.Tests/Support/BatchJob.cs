// Owns: a batch job: a meter of its own and a batch that takes only this meter.

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics.Tests.Support;

internal sealed class BatchJob : IDisposable
{
    internal BatchJob(Action<MetricsOptions>? configure = null, IServiceProvider? services = null)
    {
        Meter = new Meter(TestCollector.NewMeterName());
        var options = new MetricsOptions { ApplicationMeters = false };
        options.Meters.Add(Meter.Name);
        configure?.Invoke(options);
        Metrics = new BatchMetrics(options, services);
    }

    internal Meter Meter { get; }

    internal BatchMetrics Metrics { get; }

    /// <summary>Counts an event, <c>done_total</c>.</summary>
    internal void Done(params KeyValuePair<string, object?>[] tags) => Meter.CreateCounter<int>("done").Add(1, tags);

    public void Dispose()
    {
        Metrics.Dispose();
        Meter.Dispose();
    }
}
