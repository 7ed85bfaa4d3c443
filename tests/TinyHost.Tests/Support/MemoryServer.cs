// Owns: a connection over a MemoryTransport with everything a server gives it, and a clock and a pool that tests own.

using System.Buffers;
using System.Net;
using Microsoft.Extensions.Logging;

namespace TinyHost.Tests.Support;

internal sealed class MemoryServer : IDisposable
{
    private readonly StageRun _stages;
    private readonly Func<Connection> _newConnection;

    internal MemoryServer(
        Func<RequestContext, Task> app,
        Transport? transport = null,
        Action<ServerLimits>? limit = null,
        ILogger? logger = null,
        MeterRecorder? meters = null,
        ArrayPool<byte>? pool = null,
        IServiceProvider? services = null,
        params string[] basePaths)
    {
        App = app;
        Carrier = transport ?? new MemoryTransport();
        limit?.Invoke(Limits);
        var connections = Connections;
        var guard = new ObserverGuard(logger ?? Log);
        Heartbeat = new Heartbeat(Time, now =>
        {
            foreach (var connection in connections.Connections)
            {
                connection.Sweep(now);
            }

            _stages?.Reloads.Tick();
        }, guard);
        Metrics = new ServerMetrics(meters, guard);
        Metrics.Begin(connections);
        _stages = new StageRun(guard);
        _stages.Find(app);
        // The connection is one of port 8080; chains may divert the other two.
        _stages.Start([.. new[] { 8080, 1, 9100 }.Select(port => new IPEndPoint(IPAddress.Loopback, port))]);
        var shared = new ServerServices(
            context => App(context), _stages, Limits, services ?? new NoServices(), Heartbeat, Metrics, connections,
            new BlockedThreads(guard.Logger), new StringCache(_stages.LiteralPaths), pool ?? Pool, guard.Logger,
            new HandlerExecutionContext(), CancellationToken.None);
        _newConnection = () =>
        {
            var local = new IPEndPoint(IPAddress.Loopback, 8080);
            var http1 = new Http1Connection(Carrier, Heartbeat, Limits, shared.Buffers);
            return new Connection(shared, http1, new ConnectionInfo(1, local, new IPEndPoint(IPAddress.Loopback, 50_000)), basePaths,
                new ConnectionQuotas(Limits, int.MaxValue, guard.Logger).Add(local.Port), Metrics.ConnectionOpened());
        };
        Connection = NewConnection();
        connections.Add(Connection);
        Heartbeat.Start();
        Served = Connection.ServeAsync();
    }

    /// <summary>The chain, which may be another one for later requests.</summary>
    internal Func<RequestContext, Task> App { get; set; }

    internal ManualTime Time { get; } = new();

    internal CountingPool Pool { get; } = new();

    internal ServerLimits Limits { get; } = new();

    internal RecordingLogger Log { get; } = new();

    internal Transport Carrier { get; }

    /// <summary>The transport in memory, unless the test brought one of another kind.</summary>
    internal MemoryTransport Transport => (MemoryTransport)Carrier;

    internal Heartbeat Heartbeat { get; }

    internal ServerMetrics Metrics { get; }

    /// <summary>Ends when the connection does.</summary>
    internal Task Served { get; }

    internal Connection Connection { get; }

    internal ConnectionTable Connections { get; } = new();

    /// <summary>Serves what arrives, to the connection's end, and returns what was sent. Fails when a rented buffer stays out.</summary>
    internal static async Task<string> ExchangeAsync(string octets, Func<RequestContext, Task> app, Action<ServerLimits>? limit = null)
    {
        using var server = new MemoryServer(app, new MemoryTransport().Arrive(octets).FinishSending(), limit);
        return await server.EndAsync();
    }

    /// <summary>Another connection over the same transport, not served.</summary>
    internal Connection NewConnection() => _newConnection();

    /// <summary>Waits for the connection's end and returns what was sent.</summary>
    internal async Task<string> EndAsync()
    {
        await Served.WaitAsync(TestTimeout.Long);
        Assert.Equal(0, Pool.Lent);
        Assert.True(Transport.IsDisposed);
        return Transport.Sent;
    }

    /// <summary>As <see cref="EndAsync"/>, with a peer that closes as soon as the server has said its last.</summary>
    internal async Task<string> HangUpAsync()
    {
        await Until.TrueAsync(() => Transport.SendIsShut || Served.IsCompleted);
        Transport.FinishSending();
        return await EndAsync();
    }

    public void Dispose()
    {
        _stages.End();
        Heartbeat.Dispose();
        Metrics.Dispose();
    }

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
