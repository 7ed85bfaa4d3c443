// Owns: what a server is told before it starts.
// Does not own: reading it from configuration (Hosting).

namespace TinyHost;

/// <summary>The settings of an <see cref="HttpServer"/>. They are read when it starts.</summary>
public sealed class ServerOptions
{
    /// <summary>
    /// What to listen on, such as <c>http://+:8080/</c>; see <see cref="Prefix"/>. Empty by default: a server without a prefix does not start.
    /// </summary>
    public IList<string> Prefixes { get; } = [];

    /// <summary>The limits peers are held to.</summary>
    public ServerLimits Limits { get; } = new();

    /// <summary>
    /// Refuses request targets that the grammar of RFC 3986 does not allow with 400, as RFC 9112 §3.2 permits. Default false: every visible ASCII
    /// character but <c>#</c> is accepted in path and query, and a <c>%</c> that starts no triplet in a query, because clients send them
    /// (<c>?ids[]=1</c>, <c>?q=100%</c>). Malformed triplets in a path and <c>%00</c> there are always refused.
    /// </summary>
    public bool StrictTargets { get; set; }

    /// <summary>The services of the application, handed to every request and asked for an <c>ILoggerFactory</c> and an <c>IMeterFactory</c>. Default null: none.</summary>
    public IServiceProvider? Services { get; set; }

    /// <summary>Where the server logs; by default what <see cref="Services"/> offers, else nowhere.</summary>
    public Microsoft.Extensions.Logging.ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>
    /// Runs what follows a socket operation, handlers included, on the runtime's own socket threads in place of the thread pool: less work for
    /// each request, but a handler that blocks stalls every connection that its thread serves. A setting of the process, not of this server: it
    /// must be asked for before the process first waits for a socket, and stays until the process ends. A warning is logged when it came too
    /// late, and when a handler blocks. Default false. No effect on Windows.
    /// </summary>
    public bool InlineCompletions { get; set; }

    /// <summary>The clock for deadlines and dates. Default the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Tests put a system that lacks socket options here.</summary>
    internal Func<SocketSettings> SocketSettings { get; set; } = static () => new SocketSettings();
}
