// Owns: what a handler may choose about a WebSocket it accepts, and the refusal of choices that mean nothing.
// Does not own: the handshake (WebSockets), or frames (System.Net.WebSockets).

namespace TinyHost;

/// <summary>
/// How <see cref="WebSocketExtensions.AcceptWebSocketAsync(RequestContext, WebSocketOptions)"/> accepts a WebSocket. Can be shared by all
/// requests. Messages are not compressed: a permessage-deflate (RFC 7692) that the peer offers is declined.
/// </summary>
public sealed class WebSocketOptions
{
    // The longest period of a timer: 2³² − 2 ms, some 49 days.
    private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    /// <summary>
    /// The subprotocols the handler speaks, the preferred one first; none by default. The first that the peer offers is agreed on,
    /// without one the socket has none (RFC 6455 §4.2.2). Each is a token, and each is compared with regard to case: anything else throws
    /// <see cref="ArgumentException"/>.
    /// </summary>
    public IReadOnlyList<string> SubProtocols { get; init => field = Tokens(value); } = [];

    /// <summary>
    /// How often a frame is sent to keep the connection open through proxies and address translation: a pong that asks for no answer, or
    /// a ping where <see cref="KeepAliveTimeout"/> is set. Default 30 s; zero or <see cref="Timeout.InfiniteTimeSpan"/> for never. Throws
    /// <see cref="ArgumentOutOfRangeException"/> for any other negative time and for more than 49 days.
    /// </summary>
    public TimeSpan KeepAliveInterval { get; init => field = InRange(value); } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long the peer may take to answer a ping before the socket is aborted. Default <see cref="Timeout.InfiniteTimeSpan"/>: no
    /// answer is asked for. An answer is seen only while a <c>ReceiveAsync</c> is pending, so a handler that sets this must always keep
    /// one pending, also when it only sends. The range is that of <see cref="KeepAliveInterval"/>.
    /// </summary>
    public TimeSpan KeepAliveTimeout { get; init => field = InRange(value); } = Timeout.InfiniteTimeSpan;

    internal static WebSocketOptions Default { get; } = new();

    private static TimeSpan InRange(TimeSpan value)
    {
        if (value != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, s_longest);
        }

        return value;
    }

    private static string[] Tokens(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var tokens = names.ToArray();
        var malformed = Array.FindIndex(tokens, name => !TokenText.IsToken(name));
        return malformed < 0
            ? tokens
            : throw new ArgumentException(
                $"Not a subprotocol: '{tokens[malformed]}'; a subprotocol is a token such as chat.v2 (RFC 6455 §4.1).", nameof(names));
    }
}
