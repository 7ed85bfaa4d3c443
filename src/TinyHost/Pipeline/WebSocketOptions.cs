// Owns: what a handler can choose about a WebSocket it accepts.

namespace TinyHost;

/// <summary>
/// How <see cref="WebSocketExtensions.AcceptWebSocketAsync(RequestContext, WebSocketOptions)"/> accepts a WebSocket. All requests can share
/// one instance. Messages are not compressed: permessage-deflate (RFC 7692) is declined.
/// </summary>
public sealed class WebSocketOptions
{
    // The longest period of a timer: 2³² − 2 ms, about 49 days.
    private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    /// <summary>
    /// The subprotocols the handler supports, in order of preference; empty by default. The first entry that the peer offers is chosen;
    /// without a match, the socket has no subprotocol (RFC 6455 §4.2.2). Names are case-sensitive. Throws
    /// <see cref="ArgumentException"/> for a name that is not a token.
    /// </summary>
    public IReadOnlyList<string> SubProtocols { get; init => field = Tokens(value); } = [];

    /// <summary>
    /// How often a frame is sent to keep proxies and address translation from closing the connection: an unsolicited pong, or a ping if
    /// <see cref="KeepAliveTimeout"/> is set. Default 30 s; zero or <see cref="Timeout.InfiniteTimeSpan"/> for never. Throws
    /// <see cref="ArgumentOutOfRangeException"/> for any other negative time and for more than 49 days.
    /// </summary>
    public TimeSpan KeepAliveInterval { get; init => field = InRange(value); } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long the peer may take to answer a ping before the socket is aborted. Default <see cref="Timeout.InfiniteTimeSpan"/>: no pings.
    /// The socket sees the answer only while a <c>ReceiveAsync</c> is pending, so a handler that sets this must always keep a receive
    /// pending, even if it only sends. Same range as <see cref="KeepAliveInterval"/>.
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
