// Owns: measuring what a GET costs the server itself, without sockets, and what stages add to it that it makes no use of.

// TinyHost.Metrics compiles a copy of some types.
extern alias core;

using System.Buffers;
using System.Net;
using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Metrics;
using TinyHost.Tests.Support;
using CoreGuard = core::TinyHost.ObserverGuard;

namespace TinyHost.Benchmarks;

/// <summary>
/// One connection over memory; errors, metrics and routes in the chain. Every stage further is one that this request does not use: no
/// forwarded fields, no origin, no limit reached.
/// </summary>
public class PlainRequests
{
    private const int Requests = 32_000;

    private const string Get = "GET / HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: test/1.0\r\nAccept: */*\r\n\r\n";

    private static readonly ServerLimits s_limits = new();

    private byte[] _octets = [];
    private Func<RequestContext, Task> _app = null!;
    private CoreGuard _guard = null!;
    private StageRun _stages = null!;
    private ConnectionTable _connections = null!;
    private ServerServices _services = null!;

    [Params(1, 16)]
    public int Pipelined { get; set; }

    [Params("none", "forwarded and CORS", "limits and a concurrency limit")]
    public string UnusedStages { get; set; } = "";

    [GlobalSetup]
    public void Start()
    {
        _octets = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Get, Pipelined)));
        _app = App();
        _guard = new CoreGuard(NullLogger.Instance);
        _stages = new StageRun(_guard);
        _stages.Find(_app);
        _stages.Start([new IPEndPoint(IPAddress.Loopback, 8080), new IPEndPoint(IPAddress.Loopback, 9100)]);
        _connections = new ConnectionTable();
        var metrics = new ServerMetrics(null, _guard);
        metrics.Begin(_connections);
        _services = new ServerServices(
            _app, _stages, s_limits, new NoServices(), new Heartbeat(TimeProvider.System, _ => { }, _guard), metrics, _connections,
            new BlockedThreads(NullLogger.Instance), new StringCache(_stages.LiteralPaths), ArrayPool<byte>.Shared, NullLogger.Instance,
            new HandlerExecutionContext(), CancellationToken.None);
    }

    [GlobalCleanup]
    public void Stop()
    {
        _stages.End();
        _services.Heartbeat.Dispose();
        _services.Metrics.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Requests)]
    public Task Serve()
    {
        var local = new IPEndPoint(IPAddress.Loopback, 8080);
        var transport = new RepeatingTransport(_octets, warmUp: 0, Requests / Pipelined);
        var http1 = new Http1Connection(transport, _services.Heartbeat, s_limits, _services.Buffers);
        var info = new ConnectionInfo(1, local, new IPEndPoint(IPAddress.Loopback, 50_000));
        var quota = new ConnectionQuotas(s_limits, int.MaxValue, NullLogger.Instance).Add(local.Port);
        var connection = new Connection(_services, http1, info, [], quota, _services.Metrics.ConnectionOpened());
        _connections.Add(connection);
        return connection.ServeAsync();
    }

    private Func<RequestContext, Task> App()
    {
        var pipeline = new Pipeline().UseErrors(logger: NullLogger.Instance).UseMetrics(new MetricsOptions { Port = 9100 });
        pipeline = UnusedStages switch
        {
            "forwarded and CORS" => pipeline.UseForwarded("10.0.0.0/8").UseCors("https://example.org"),
            "limits and a concurrency limit" => pipeline
                .UseLimits(maxBodySize: 1_000).UseConcurrencyLimit(100),
            _ => pipeline,
        };
        return pipeline.Run(new Routes().Get("/", context => context.Response.WriteTextAsync("Hello, world!")));
    }

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
