// Owns: the server's side of the WebSocket opening handshake, RFC 6455 §4.2. Frames and messages are System.Net.WebSockets' work.

using System.Buffers.Text;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;

namespace TinyHost;

/// <summary>WebSocket connections.</summary>
public static class WebSocketExtensions
{
    // RFC 6455 §1.3: appended to the key. Only a WebSocket server knows the right answer.
    private const string AcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const int KeySize = 16;
    private const int EncodedKeySize = 24;

    /// <summary>
    /// Completes the opening handshake with default options and at most one subprotocol. Returns the socket, or null after answering a
    /// request that is not a WebSocket handshake. Throws <see cref="ArgumentException"/> when <paramref name="subProtocol"/> is not a
    /// token.
    /// </summary>
    public static Task<WebSocket?> AcceptWebSocketAsync(this RequestContext context, string? subProtocol = null) =>
        AcceptWebSocketAsync(
            context, subProtocol is null ? WebSocketOptions.Default : new WebSocketOptions { SubProtocols = [subProtocol] });

    /// <summary>
    /// Completes the opening handshake and returns the socket, which is the handler's until its task ends. Otherwise answers the request
    /// and returns null: 426 when it does not ask for a WebSocket of version 13; 400 for a malformed handshake, or one with unread content.
    /// </summary>
    /// <remarks>
    /// The socket reads from the connection only while a <c>ReceiveAsync</c> is pending. Only then does it answer pings and close frames,
    /// and notice that the peer has left: a handler that only sends should keep a receive pending. A peer that leaves without a close
    /// frame causes <see cref="WebSocketException"/>; a handler may let it propagate, since it is not logged as an error. Pages of any
    /// origin can connect: a handler that trusts cookies must check the Origin field first (RFC 6455 §10.2).
    /// </remarks>
    public static async Task<WebSocket?> AcceptWebSocketAsync(this RequestContext context, WebSocketOptions options)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(options);
        var request = context.Request;
        var response = context.Response;
        if (request.Method != "GET" || !request.AsksToUpgradeTo("websocket"))
        {
            return await RefuseAsync(response, 426, "This resource speaks WebSocket (RFC 6455)").ConfigureAwait(false);
        }

        if (request.Fields["Sec-WebSocket-Version"] != "13")
        {
            response.Fields["Sec-WebSocket-Version"] = "13";
            return await RefuseAsync(
                response, 426, "Only version 13 of WebSocket is spoken here (RFC 6455 §4.2.2)").ConfigureAwait(false);
        }

        if (request.Fields["Sec-WebSocket-Key"] is not { } key || !IsKey(key))
        {
            return await RefuseAsync(
                response, 400, "Sec-WebSocket-Key must be 16 octets in base64 (RFC 6455 §4.2.1)").ConfigureAwait(false);
        }

        // RFC 6455 §4.2.1: a handshake has no content; frames follow its header section.
        if (!request.Body.IsAtEnd)
        {
            return await RefuseAsync(response, 400, "The handshake of WebSocket has no content (RFC 6455 §4.2.1)").ConfigureAwait(false);
        }

        response.Fields["Sec-WebSocket-Accept"] = Accept(key);
        var subProtocol = Agree(request, options.SubProtocols);
        if (subProtocol is not null)
        {
            response.Fields["Sec-WebSocket-Protocol"] = subProtocol;
        }

        var creation = new WebSocketCreationOptions
        {
            IsServer = true,
            SubProtocol = subProtocol,
            KeepAliveInterval = options.KeepAliveInterval,
            KeepAliveTimeout = options.KeepAliveTimeout,
        };
        return WebSocket.CreateFromStream(await context.UpgradeAsync("websocket").ConfigureAwait(false), creation);
    }

    private static string? Agree(Request request, IReadOnlyList<string> subProtocols)
    {
        if (subProtocols.Count == 0 || request.Fields["Sec-WebSocket-Protocol"] is not { } field)
        {
            return null;
        }

        var offered = field.Split(',', StringSplitOptions.TrimEntries);
        return subProtocols.FirstOrDefault(subProtocol => offered.Contains(subProtocol, StringComparer.Ordinal));
    }

    private static async Task<WebSocket?> RefuseAsync(Response response, int statusCode, string why)
    {
        if (statusCode == 426)
        {
            // RFC 9110 §15.5.22: names the protocol to upgrade to.
            response.Fields["Upgrade"] = "websocket";
        }

        await response.AnswerErrorAsync(statusCode, why).ConfigureAwait(false);
        return null;
    }

    // RFC 4648 base64, without the white space that .NET skips: 16 octets take all 24 characters.
    private static bool IsKey(string key) =>
        key.Length == EncodedKeySize && Base64.IsValid(key, out var length) && length == KeySize;

#pragma warning disable CA5350 // RFC 6455 §4.2.2 names SHA-1; it protects no secret.
    private static string Accept(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + AcceptSuffix)));
#pragma warning restore CA5350
}
