// Owns: what all connections of one server share.
// Does not own: any of it beyond the server's life.

using System.Buffers;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// <see cref="Stopping"/> is cancelled when the server begins to stop; handlers get a token of their own (<see cref="RequestContext.Stopping"/>).
/// </summary>
internal sealed record ServerServices(
    Func<RequestContext, Task> App,
    Stages Stages,
    ServerLimits Limits,
    IServiceProvider Services,
    Heartbeat Heartbeat,
    ServerMetrics Metrics,
    ConnectionTable Connections,
    SocketThreads SocketThreads,
    StringCache Strings,
    ArrayPool<byte> Pool,
    ILogger Logger,
    HandlerContext Handlers,
    CancellationToken Stopping);
