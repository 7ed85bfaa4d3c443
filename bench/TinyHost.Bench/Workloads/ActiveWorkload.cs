// Owns: workloads of active connections beside idle ones.

using System.Globalization;
using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Workloads;

/// <summary>As other loads, beside nine times as many connections that have had one response and are idle.</summary>
internal sealed class ActiveWorkload(int connections, Probe probe) : LoadWorkload(LoadOf(connections), probe)
{
    private readonly int _idle = connections - (connections / 10);

    public override string Client => string.Create(CultureInfo.InvariantCulture, $"{base.Client} beside {_idle:N0} idle connections");

    // About 9,000 connections are opened and closed in a second.
    public override TimeSpan Estimate(Settings settings, int servers) =>
        base.Estimate(settings, servers) + (servers * (Rounds(settings) + 1) * TimeSpan.FromSeconds(_idle / 6_000.0));

    protected override async Task<LoadSample> MeasureAsync(RunningServer server, int seconds, CancellationToken cancellationToken)
    {
        using var idle = await IdleConnections.OpenAsync(server, _idle, cancellationToken);
        return await base.MeasureAsync(server, seconds, cancellationToken);
    }

    private static WrkLoad LoadOf(int connections) => new("/") { Connections = connections / 10 };
}
