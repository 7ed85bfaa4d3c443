// Owns: the OpenTelemetry SDK as a peer, with an idle reader. It does not expose: its Prometheus exporters are pre-releases that some
// registries lack.

using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace TinyHost.Metrics.Benchmarks;

internal sealed class OpenTelemetryPeer : InstrumentPeer
{
    private MeterProvider? _provider;

    internal override void StartRecording() =>
        _provider = Sdk.CreateMeterProviderBuilder().AddMeter(Workload.MeterName).AddReader(new IdleReader()).Build();

    internal override Task<int> StartServingAsync() => throw new NotSupportedException("The SDK has no Prometheus exporter.");

    internal override ValueTask<long> EncodeAsync() => throw new NotSupportedException("The SDK has no Prometheus exporter.");

    public override ValueTask DisposeAsync()
    {
        _provider?.Dispose();
        return base.DisposeAsync();
    }

    private sealed class IdleReader : MetricReader;
}
