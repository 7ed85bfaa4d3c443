// Owns: the OpenTelemetry SDK as a peer, with a reader that nobody asks.
// Does not own: exposing: its Prometheus exporters are pre-releases that not every registry has.

using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace TinyHost.Metrics.Benchmarks;

internal sealed class OpenTelemetryPeer : InstrumentPeer
{
    private sealed class IdleReader : MetricReader;

    private MeterProvider? _provider;

    internal override void StartRecording() =>
        _provider = Sdk.CreateMeterProviderBuilder().AddMeter(Workload.MeterName).AddReader(new IdleReader()).Build();

    internal override Task<int> StartServingAsync() => throw new NotSupportedException("The SDK has no exposition of its own.");

    internal override ValueTask<long> EncodeAsync() => throw new NotSupportedException("The SDK has no exposition of its own.");

    public override ValueTask DisposeAsync()
    {
        _provider?.Dispose();
        return base.DisposeAsync();
    }
}
