// Owns: every limit of the host in one place, each with its default and the precedent for it.
// Does not own: the code that enforces them.

namespace TinyHost;

/// <summary>
/// The limits a server holds its peers to. Sizes are in bytes. The defaults follow Kestrel's unless a comment
/// says otherwise. Setting a limit outside its range throws <see cref="ArgumentOutOfRangeException"/>.
/// </summary>
public sealed class ServerLimits
{
    /// <summary>Longest request line without its line end. Default 8,192 (RFC 9112 §3 asks for at least 8,000). Over it: 414.</summary>
    public int MaxRequestLineSize { get; set => field = AtLeast(value, 64); } = 8_192;

    /// <summary>Longest method. Default 32: the longest registered one has 17 octets. Over it: 501.</summary>
    public int MaxMethodSize { get; set => field = AtLeast(value, 1); } = 32;

    /// <summary>Largest header section, all line ends and the empty line at its end included. Default 32,768. Over it: 431.</summary>
    public int MaxHeaderSectionSize { get; set => field = AtLeast(value, 64); } = 32_768;

    /// <summary>Most field lines in a header section, and in a trailer section. Default 100. Over it: 431.</summary>
    public int MaxFieldLines { get; set => field = AtLeast(value, 1); } = 100;

    /// <summary>Largest trailer section, line ends included. Default 8,192. Over it: 431.</summary>
    public int MaxTrailerSectionSize { get; set => field = AtLeast(value, 64); } = 8_192;

    /// <summary>Longest chunk-size line with its extensions, without its line end. Default 256 octets: no extension is in known use. Over it: 400.</summary>
    public int MaxChunkLineSize { get; set => field = AtLeast(value, 16); } = 256;

    /// <summary>Largest request content. Default 30,000,000; null for none. Over it: 413.</summary>
    public long? MaxRequestBodySize { get; set => field = value is null ? null : AtLeast(value.Value, 0); } = 30_000_000;

    /// <summary>Content a handler left unread that is still read and dropped to keep the connection. Default 262,144, as Go's net/http.</summary>
    public int MaxDrainSize { get; set => field = AtLeast(value, 0); } = 262_144;

    /// <summary>Response content held back before a write goes out to the peer. Default 65,536.</summary>
    public int ResponseBufferSize { get; set => field = AtLeast(value, 1_024); } = 65_536;

    /// <summary>Most connections at once over all listeners. Default 10,000: each costs the operating system a descriptor; null for none.</summary>
    public int? MaxConnections { get; set => field = value is null ? null : AtLeast(value.Value, 1); } = 10_000;

    /// <summary>Most connections at once on one listener. Default null: <see cref="MaxConnections"/> alone counts.</summary>
    public int? MaxConnectionsPerListener { get; set => field = value is null ? null : AtLeast(value.Value, 1); }

    /// <summary>
    /// How many of <see cref="MaxConnections"/>, and of the process's descriptors, are kept back for listeners whose port serves monitoring
    /// alone (the metrics port), so that a saturated application can still be scraped. Default 16: a few scrapers and probes. At most half of either is kept back; a
    /// warning at start names the lower number.
    /// </summary>
    public int ReservedConnections { get; set => field = AtLeast(value, 0); } = 16;

    /// <summary>How long a connection may stay idle between requests. Default 130 s: longer than Prometheus' scrape interval of 60 s.</summary>
    public TimeSpan IdleTimeout { get; set => field = Positive(value); } = TimeSpan.FromSeconds(130);

    /// <summary>How long a peer may take to send a header section from its first octet on. Default 30 s. Over it: 408.</summary>
    public TimeSpan HeaderSectionTimeout { get; set => field = Positive(value); } = TimeSpan.FromSeconds(30);

    /// <summary>Slowest rate, in bytes a second, at which a peer may send content or read a response. Default 240; 0 for none.</summary>
    public int MinDataRate { get; set => field = AtLeast(value, 0); } = 240;

    /// <summary>Time before <see cref="MinDataRate"/> is demanded. Default 5 s.</summary>
    public TimeSpan MinDataRateGrace { get; set => field = Positive(value); } = TimeSpan.FromSeconds(5);

    /// <summary>How long a closing connection goes on reading, so that the peer can read the last response (RFC 9112 §9.6). Default 2 s.</summary>
    public TimeSpan LingerTimeout { get; set => field = Positive(value); } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How many threads of the process' thread pool may be blocked, by handlers or others, with more being added at once: while work waits for a
    /// thread although the processors are idle, the pool's minimum of threads is raised, to two more than this at the most. Default 512: each takes
    /// some 100 KB. 0 leaves the pool alone, which then adds one or two threads a second. The largest value of all servers of the process counts.
    /// </summary>
    public int MaxBlockedThreads { get; set => field = AtLeast(value, 0); } = 512;

    /// <summary><c>ServerOptions.StrictTargets</c>: not a limit, but a rule that the parser reads beside the limits.</summary>
    internal bool StrictTargets { get; set; }

    /// <summary>
    /// How long a stop waits for a response that had started when it began and has not ended: an open stream, a WebSocket or another upgraded
    /// connection. Then the connection is aborted. Default 5 s, as ASP.NET Core waited for all requests before .NET 6. Requests whose response
    /// has not started have until the stop's own token is cancelled.
    /// </summary>
    public TimeSpan StreamGrace { get; set => field = Positive(value); } = TimeSpan.FromSeconds(5);

    private static int AtLeast(int value, int least)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least);
        return value;
    }

    private static long AtLeast(long value, long least)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least);
        return value;
    }

    private static TimeSpan Positive(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
        return value;
    }

    internal ServerLimits Copy() => (ServerLimits)MemberwiseClone();
}
