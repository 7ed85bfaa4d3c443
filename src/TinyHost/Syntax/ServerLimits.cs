// Owns: every limit of the host in one place, each with its default and the precedent for it.

namespace TinyHost;

/// <summary>
/// The limits a server holds its peers to. Sizes are in bytes, defaults Kestrel's unless a comment says otherwise. Setting a
/// limit outside its range throws <see cref="ArgumentOutOfRangeException"/>.
/// </summary>
public sealed class ServerLimits
{
    /// <summary>
    /// Longest request line, without its line end. Default 8,192 (RFC 9112 §3 recommends at least 8,000). Beyond it: 414.
    /// </summary>
    public int MaxRequestLineSize { get; set => field = AtLeast(value, 64); } = 8_192;

    /// <summary>Longest method. Default 32: the longest registered method has 17 octets. Beyond it: 501.</summary>
    public int MaxMethodSize { get; set => field = AtLeast(value, 1); } = 32;

    /// <summary>Largest header section, including all line ends and the final empty line. Default 32,768. Beyond it: 431.</summary>
    public int MaxHeaderSectionSize { get; set => field = AtLeast(value, 64); } = 32_768;

    /// <summary>Most field lines in a header section or a trailer section. Default 100. Beyond it: 431.</summary>
    public int MaxFieldLines { get; set => field = AtLeast(value, 1); } = 100;

    /// <summary>Largest trailer section, including line ends. Default 8,192. Beyond it: 431.</summary>
    public int MaxTrailerSectionSize { get; set => field = AtLeast(value, 64); } = 8_192;

    /// <summary>Longest chunk-size line with extensions, without its line end. Default 256: none is in use. Beyond it: 400.</summary>
    public int MaxChunkLineSize { get; set => field = AtLeast(value, 16); } = 256;

    /// <summary>Largest request content. Default 30,000,000; null for no limit. Beyond it: 413.</summary>
    public long? MaxRequestBodySize { get; set => field = value is null ? null : AtLeast(value.Value, 0); } = 30_000_000;

    /// <summary>Most unread content that is read and dropped to keep the connection. Default 262,144, as in Go's net/http.</summary>
    public int MaxDrainSize { get; set => field = AtLeast(value, 0); } = 262_144;

    /// <summary>Response content that is buffered before it is sent. Default 65,536.</summary>
    public int ResponseBufferSize { get; set => field = AtLeast(value, 1_024); } = 65_536;

    /// <summary>Most connections at once on all listeners. Default 10,000, since each takes a file descriptor; null for no limit.</summary>
    public int? MaxConnections { get; set => field = value is null ? null : AtLeast(value.Value, 1); } = 10_000;

    /// <summary>Most connections at once on one listener. Default null: only <see cref="MaxConnections"/> applies.</summary>
    public int? MaxConnectionsPerListener { get; set => field = value is null ? null : AtLeast(value.Value, 1); }

    /// <summary>
    /// How many of <see cref="MaxConnections"/>, and of the process's file descriptors, are reserved for ports that serve only monitoring,
    /// so that a saturated application can still be scraped. Default 16, enough for a few scrapers and probes. At most half of either is
    /// reserved; a warning at start reports the lower number.
    /// </summary>
    public int ReservedConnections { get; set => field = AtLeast(value, 0); } = 16;

    /// <summary>How long a connection may be idle between requests. Default 130 s: longer than a scrape interval of 60 s.</summary>
    public TimeSpan IdleTimeout { get; set => field = Positive(value); } = TimeSpan.FromSeconds(130);

    /// <summary>How long a peer may take to send a request's head, from its first octet. Default 30 s. Beyond it: 408.</summary>
    public TimeSpan HeaderSectionTimeout { get; set => field = Positive(value); } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a connection may take to begin, where its prefix demands more than HTTP: a PROXY header, a TLS
    /// handshake. Default 10 s, as Kestrel's handshakes. Beyond it, the connection is closed.
    /// </summary>
    public TimeSpan OpeningTimeout { get; set => field = Positive(value); } = TimeSpan.FromSeconds(10);

    /// <summary>Slowest rate, in bytes per second, to send content or read a response at. Default 240; 0 for no limit.</summary>
    public int MinDataRate { get; set => field = AtLeast(value, 0); } = 240;

    /// <summary>Time before <see cref="MinDataRate"/> applies. Default 5 s.</summary>
    public TimeSpan MinDataRateGrace { get; set => field = Positive(value); } = TimeSpan.FromSeconds(5);

    /// <summary>How long a closing connection is still read, so that the last response arrives (RFC 9112 §9.6). Default 2 s.</summary>
    public TimeSpan LingerTimeout { get; set => field = Positive(value); } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How many threads of the process's thread pool may be blocked before new threads are added slowly. When work waits for a thread while
    /// the processors are idle, the pool's minimum is raised at once, up to this value plus two. Default 512, at about 100 KB each. With 0,
    /// the pool adds one or two threads per second by itself. The largest value of all servers in the process applies.
    /// </summary>
    public int MaxBlockedThreads { get; set => field = AtLeast(value, 0); } = 512;

    /// <summary>
    /// How long a stop waits for responses in progress: open streams, WebSockets and other upgraded connections. They are then aborted.
    /// Default 5 s, ASP.NET Core's shutdown timeout before .NET 6. Requests whose response has not started have until the stop's token is
    /// cancelled.
    /// </summary>
    public TimeSpan StreamGrace { get; set => field = Positive(value); } = TimeSpan.FromSeconds(5);

    /// <summary>Where the limits are in the configuration, for messages.</summary>
    internal string SettingsPath { get; set; } = "TinyHost:Limits";

    /// <summary><c>ServerOptions.StrictTargets</c>, which the parser needs beside the limits.</summary>
    internal bool StrictTargets { get; set; }

    internal ServerLimits Copy() => (ServerLimits)MemberwiseClone();

    private static T AtLeast<T>(T value, T min)
        where T : IComparable<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, min);
        return value;
    }

    private static TimeSpan Positive(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
        return value;
    }
}
