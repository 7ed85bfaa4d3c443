// Owns: the settings of a server.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>The settings of an <see cref="HttpServer"/>. They are read when it starts.</summary>
public sealed class ServerOptions
{
    /// <summary>
    /// The addresses, ports and base paths to listen on, such as <c>http://+:8080/</c> (<see cref="PrefixOptions.Url"/>), each with
    /// settings of its own. Default empty; a server needs one prefix to start. A port that only a monitoring stage serves needs no prefix:
    /// the server adds one with the host of the first prefix and no other setting (<see cref="Stage.MonitoringPort"/>).
    /// </summary>
    public PrefixCollection Prefixes { get; } = [];

    /// <summary>The limits for peers.</summary>
    public ServerLimits Limits { get; } = new();

    /// <summary>
    /// Answers 400 to request targets that the grammar of RFC 3986 does not allow, as RFC 9112 §3.2 permits. Default false: path and query
    /// may contain every visible ASCII character except <c>#</c>, and a query may contain a <c>%</c> that starts no triplet, because
    /// clients send them (<c>?ids[]=1</c>, <c>?q=100%</c>). Malformed triplets and <c>%00</c> in a path are always refused.
    /// </summary>
    public bool StrictTargets { get; set; }

    /// <summary>
    /// How long a stop keeps accepting connections and answering requests, so that load balancers notice that the server is no longer ready
    /// before it closes its ports. Meanwhile <c>/-/ready</c> answers 503, and responses end their connections (<c>Connection: close</c>). A
    /// second call of <see cref="HttpServer.StopAsync"/> and a cancelled token of any call end the delay. Default zero: ports are closed at
    /// once. Throws <see cref="ArgumentOutOfRangeException"/> for a negative time or one above 2,147,483 seconds.
    /// </summary>
    public TimeSpan DrainDelay
    {
        get;
        set => field = value >= TimeSpan.Zero && value.TotalMilliseconds <= int.MaxValue
            ? value
            : throw new ArgumentOutOfRangeException(nameof(DrainDelay), value, "Must be from zero to 2,147,483 seconds.");
    }

    /// <summary>
    /// The services of the application. Every request offers them; the server asks them for an <c>ILoggerFactory</c> and an
    /// <c>IMeterFactory</c>. Default null: no services.
    /// </summary>
    public IServiceProvider? Services { get; set; }

    /// <summary>Makes the server's logger. Default null: the factory that <see cref="Services"/> offers, or no log.</summary>
    public Microsoft.Extensions.Logging.ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>
    /// Runs handlers, and everything else that follows a socket operation, on the runtime's socket threads instead of the thread pool. That
    /// is less work per request, but a handler that blocks stalls every connection of its thread. The setting applies to the whole process
    /// until it ends, and must be made before the process first waits for a socket. A warning is logged when it came too late, and when a
    /// handler blocks. Default false. No effect on Windows.
    /// </summary>
    public bool InlineCompletions { get; set; }

    /// <summary>The clock for deadlines and dates. Default: the system's clock.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>What relative paths in the options start from; null for the current directory.</summary>
    internal string? ContentRoot { get; set; }

    /// <summary>Tests put a system that lacks socket options here.</summary>
    internal Func<SocketSettings> SocketSettings { get; set; } = static () => new SocketSettings();

    /// <summary>Where sockets come from that are not bound. Tests put theirs here.</summary>
    internal Func<InheritedSockets> Inherited { get; set; } = static () => SystemdSockets.OfProcess;

    /// <summary>The level of the log's lines about sockets listened on: lower where the console shows them.</summary>
    internal LogLevel ListeningLevel { get; set; } = LogLevel.Information;

    /// <summary>Whether only the monitoring ports are served: the other sockets are for the workers of this process.</summary>
    internal bool IsForMonitoringAlone { get; set; }

    /// <summary>Where connections come from in place of sockets; null for sockets. TinyHost.Testing puts its network here.</summary>
    internal IMemoryNetwork? Network { get; set; }

    /// <summary>Whether sockets that no prefix wants are reported. False while servers that may want them have yet to start.</summary>
    internal bool ReportsUnwantedSockets { get; set; } = true;
}
