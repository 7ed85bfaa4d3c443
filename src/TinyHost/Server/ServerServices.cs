// Owns: what all connections of one server run share.

using System.Buffers;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>Stopping is cancelled when a stop begins; handlers get a token of their own (<see cref="RequestContext.Stopping"/>).</summary>
internal sealed record ServerServices(
    Func<RequestContext, Task> App,
    StageRun Stages,
    ServerLimits Limits,
    IServiceProvider Services,
    Heartbeat Heartbeat,
    ServerMetrics Metrics,
    ConnectionTable Connections,
    BlockedThreads BlockedThreads,
    StringCache Strings,
    ArrayPool<byte> Pool,
    ILogger Logger,
    HandlerExecutionContext HandlerExecutionContext,
    CancellationToken Stopping) : HandlerServices(Services, Stages, Strings, Logger, Stopping)
{
    /// <summary>The limits of new connections. Connections that are open keep theirs.</summary>
    internal ServerLimits Limits { get; set; } = Limits;

    /// <summary>What connections borrow while they have a request.</summary>
    internal RequestBufferPool Buffers { get; } = new(Pool);

    internal Rejections Rejections { get; } = new(Metrics, Heartbeat, Connections, Logger);

    /// <summary>The limits of new connections to a listener.</summary>
    internal ServerLimits LimitsOf(Listener listener) => listener.OwnLimits?.InForce ?? Limits;
}
