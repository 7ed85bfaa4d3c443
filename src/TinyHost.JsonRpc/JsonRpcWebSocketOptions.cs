// Owns: the options of a handler's WebSockets.

namespace TinyHost.JsonRpc;

/// <summary>
/// The options of the WebSockets of a <see cref="JsonRpcHandler"/>. Settings in the section <c>JsonRpc:WebSockets</c> override them.
/// </summary>
public sealed class JsonRpcWebSocketOptions
{
    /// <summary>
    /// Whether a GET request that asks for a WebSocket gets one. Default true: only routes that pass GET requests to the handler have
    /// WebSockets. False answers GET with 405.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// The origins of web pages that may connect, such as <c>https://shop.example</c>, besides pages of the server itself: those whose
    /// Origin has the host and port of the request's Host. <c>*</c> allows all. Any other page is answered with 403; clients that are no
    /// browsers send no Origin, and may connect. Default empty.
    /// </summary>
    public IList<string> AllowedOrigins { get; private set; } = [];

    /// <summary>Most connections at once. Beyond it: 503. Default 1,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxConnections { get; set => field = JsonRpcOptions.AtLeast(1, value, nameof(MaxConnections)); } = 1_000;

    /// <summary>
    /// Most messages of a connection in progress at once: a message is in progress until its reply has been sent. Further messages wait
    /// unread. Methods begin in the order of their messages, and replies are sent in the order in which they are ready. Default 16; with 1,
    /// messages are answered one after the other.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxConcurrent { get; set => field = JsonRpcOptions.AtLeast(1, value, nameof(MaxConcurrent)); } = 16;

    /// <summary>
    /// Most bytes of notifications that wait for a peer to read. A notification that exceeds it cuts the peer off, unless no other waits.
    /// Default 1,048,576.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxQueuedSize { get; set => field = JsonRpcOptions.AtLeast(1, value, nameof(MaxQueuedSize)); } = 1_048_576;

    /// <summary>
    /// Longest time for a peer to take the next 65,536 bytes of a message. Beyond it, the peer is cut off. Default 30 seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not above zero, or more than 2,147,483 seconds.</exception>
    public TimeSpan SendTimeout
    {
        get;
        set => field = value > TimeSpan.Zero ? JsonRpcOptions.InRange(value, nameof(SendTimeout))
            : throw new ArgumentOutOfRangeException(nameof(SendTimeout), value, "The time must be above zero.");
    } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Longest time without a whole message in either direction while no call is in progress. Beyond it, the connection is closed with
    /// 1001. Default 5 minutes; zero for no limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than 2,147,483 seconds.</exception>
    public TimeSpan IdleTimeout { get; set => field = JsonRpcOptions.InRange(value, nameof(IdleTimeout)); } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How often a pong is sent that keeps proxies and address translation from closing the connection. Default 30 seconds; zero for never.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than 2,147,483 seconds.</exception>
    public TimeSpan KeepAliveInterval { get; set => field = JsonRpcOptions.InRange(value, nameof(KeepAliveInterval)); } =
        TimeSpan.FromSeconds(30);

    /// <summary>A copy that changes of this object do not reach.</summary>
    internal JsonRpcWebSocketOptions Copy()
    {
        var copy = (JsonRpcWebSocketOptions)MemberwiseClone();
        copy.AllowedOrigins = [.. AllowedOrigins];
        return copy;
    }
}
