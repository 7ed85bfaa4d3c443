// Owns: the options of a handler.

namespace TinyHost.JsonRpc;

/// <summary>
/// The options of a <see cref="JsonRpcHandler"/>. Settings in the section <c>JsonRpc</c> of the configuration override them when a server
/// starts.
/// </summary>
public sealed class JsonRpcOptions
{
    internal const string OtherUsers = "*";

    private static readonly TimeSpan s_longestTimeout = TimeSpan.FromSeconds(int.MaxValue / 1_000);

    /// <summary>The status code of a response without a reply: 204, the default, or 202 for clients that require it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Another status.</exception>
    public int NoContentStatus
    {
        get;
        set => field = value is 202 or 204
            ? value
            : throw new ArgumentOutOfRangeException(nameof(NoContentStatus), value, "The status must be 202 or 204.");
    } = 204;

    /// <summary>Longest message in bytes. Beyond it: 413. Default 1,048,576.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxMessageSize { get; set => field = AtLeast(1, value, nameof(MaxMessageSize)); } = 1_048_576;

    /// <summary>Most calls in a batch. Beyond it: −32600 for the whole batch. Default 1,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxBatchSize { get; set => field = AtLeast(1, value, nameof(MaxBatchSize)); } = 1_000;

    /// <summary>
    /// Most calls of a batch that run at a time. The reply has them in the order of the batch all the same. Default 1: one after the other.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int BatchConcurrency { get; set => field = AtLeast(1, value, nameof(BatchConcurrency)); } = 1;

    /// <summary>
    /// Most bytes of results in a reply, to a call or to a whole batch. A call whose result exceeds it is answered with −32003, and so are
    /// the calls of the batch that have not run yet; they do not run. Default 25,000,000.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxReplySize { get; set => field = AtLeast(1, value, nameof(MaxReplySize)); } = 25_000_000;

    /// <summary>
    /// Longest time from the arrival of a message to the reply to its calls. A call that takes longer is answered with −32002 while its
    /// method still runs: <see cref="JsonRpcCall.Aborted"/> is cancelled, and what the method still writes reaches nobody. Calls of a batch
    /// share the time. A method that blocks its thread cannot be left behind. Default 30 seconds; zero for no limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than 2,147,483 seconds.</exception>
    public TimeSpan CallTimeout { get; set => field = InRange(value, nameof(CallTimeout)); } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The limits of single methods, by their names. Default empty. The server does not start with limits of a method that does not exist.
    /// </summary>
    public IDictionary<string, JsonRpcMethodLimits> Methods { get; private set; } =
        new Dictionary<string, JsonRpcMethodLimits>(StringComparer.Ordinal);

    /// <summary>
    /// The methods that each user may call, by the name of the user (<see cref="RequestContext.User"/>); <c>*</c> stands for all other
    /// users and for callers without a name. A method is its name, or the beginning of names and a star, as in <c>order.*</c>. Any other
    /// call is answered with −32004. Default empty: everyone may call everything. With an entry, users without one may call nothing.
    /// </summary>
    public IDictionary<string, IReadOnlyList<string>> Users { get; private set; } =
        new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);

    /// <summary>
    /// Decides for each call whether it may run, as in <c>(call, method) => new(call.Context.User.IsInRole("admin"))</c>, after
    /// <see cref="Users"/>. False is answered with −32004; a <see cref="JsonRpcException"/> with its error. Default null: every call may.
    /// </summary>
    public Func<JsonRpcCall, string, ValueTask<bool>>? Authorize { get; set; }

    /// <summary>
    /// The host names that clients on this machine may use in Host and Origin besides <c>localhost</c> and addresses, when they connect to
    /// a loopback address: any other name is answered with 403, since it may be that of a web page (DNS rebinding). <c>*</c> allows all.
    /// Default empty. A proxy on this machine that passes on the public name needs that name here, or <c>UseForwarded</c>.
    /// </summary>
    public IList<string> AllowedHosts { get; private set; } = [];

    /// <summary>Whether <c>rpc.discover</c> answers with a description of the methods in OpenRPC. Default true.</summary>
    public bool Discover { get; set; } = true;

    /// <summary>
    /// Whether the page for trying methods (<see cref="JsonRpcPage"/>) answers, where the program has it. Default false.
    /// </summary>
    public bool TryItPage { get; set; }

    /// <summary>The options of WebSockets.</summary>
    public JsonRpcWebSocketOptions WebSockets { get; private set; } = new();

    /// <summary>A copy that changes of this object do not reach.</summary>
    internal JsonRpcOptions Copy()
    {
        var copy = (JsonRpcOptions)MemberwiseClone();
        copy.Methods = new Dictionary<string, JsonRpcMethodLimits>(Methods, StringComparer.Ordinal);
        copy.Users = new Dictionary<string, IReadOnlyList<string>>(Users, StringComparer.Ordinal);
        copy.AllowedHosts = [.. AllowedHosts];
        copy.WebSockets = WebSockets.Copy();
        return copy;
    }

    internal static TimeSpan InRange(TimeSpan value, string name) => value >= TimeSpan.Zero && value <= s_longestTimeout
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "The time must be from zero to 2,147,483 seconds.");

    internal static int AtLeast(int least, int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        return value;
    }
}
