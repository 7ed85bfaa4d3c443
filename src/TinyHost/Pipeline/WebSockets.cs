// Owns: the server's side of the opening handshake of WebSocket, RFC 6455 §4.2.
// Does not own: frames and messages (System.Net.WebSockets), or switching protocols as such (RequestContext.UpgradeAsync).

using System.Buffers.Text;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;

namespace TinyHost;

/// <summary>WebSocket connections.</summary>
public static class WebSockets
{
    // RFC 6455 §1.3: appended to the key, so that only a peer that means WebSocket answers right.
    private const string AcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const int KeySize = 16;
    private const int EncodedKeySize = 24;

    private static readonly TimeSpan s_keepAliveInterval = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Completes the opening handshake and returns the socket, which the handler serves until it ends; or answers the request with what is
    /// wrong and returns null: 426 when it asks for no WebSocket, or for another version than 13, and 400 for a malformed handshake or one
    /// with content that was not read.
    /// <paramref name="subProtocol"/> is agreed on when the peer offers it; otherwise the socket has none. A ping goes out every 30 seconds, and a peer that does not answer it for as long is gone.
    /// A page of any origin can connect: a handler that trusts cookies compares the Origin field first (RFC 6455 §10.2).
    /// </summary>
    public static async Task<WebSocket?> AcceptWebSocketAsync(this RequestContext context, string? subProtocol = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        var request = context.Request;
        var response = context.Response;
        if (request.Method != "GET" || !request.Upgrades("websocket"))
        {
            return await RefuseAsync(response, 426, "This resource speaks WebSocket (RFC 6455).\n").ConfigureAwait(false);
        }

        if (request.Fields["Sec-WebSocket-Version"] != "13")
        {
            response.Fields["Sec-WebSocket-Version"] = "13";
            return await RefuseAsync(response, 426, "Only version 13 of WebSocket is spoken here (RFC 6455 §4.2.2).\n").ConfigureAwait(false);
        }

        if (request.Fields["Sec-WebSocket-Key"] is not { } key || !IsKey(key))
        {
            return await RefuseAsync(response, 400, "Sec-WebSocket-Key must be 16 octets in base64 (RFC 6455 §4.2.1).\n").ConfigureAwait(false);
        }

        // RFC 6455 §4.2.1 lists the parts of a handshake. Content is none of them, and the frames follow the header section.
        if (!request.Body.IsAtEnd)
        {
            return await RefuseAsync(response, 400, "The handshake of WebSocket has no content (RFC 6455 §4.2.1).\n").ConfigureAwait(false);
        }

        response.Fields["Sec-WebSocket-Accept"] = Accept(key);
        var options = new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = s_keepAliveInterval, KeepAliveTimeout = s_keepAliveInterval };
        if (subProtocol is not null && Offers(request, subProtocol))
        {
            options.SubProtocol = subProtocol;
            response.Fields["Sec-WebSocket-Protocol"] = subProtocol;
        }

        return WebSocket.CreateFromStream(await context.UpgradeAsync("websocket").ConfigureAwait(false), options);
    }

    private static bool Offers(Request request, string subProtocol) =>
        request.Fields["Sec-WebSocket-Protocol"] is { } offered
        && offered.Split(',', StringSplitOptions.TrimEntries).Contains(subProtocol, StringComparer.Ordinal);

    private static async Task<WebSocket?> RefuseAsync(Response response, int statusCode, string why)
    {
        response.StatusCode = statusCode;
        if (statusCode == 426)
        {
            // RFC 9110 §15.5.22: names what to upgrade to.
            response.Fields["Upgrade"] = "websocket";
        }

        await response.WriteTextAsync(why).ConfigureAwait(false);
        return null;
    }

    // Base64 here means RFC 4648's, without the white space that .NET skips: 16 octets fill all 24 characters.
    private static bool IsKey(string key) =>
        key.Length == EncodedKeySize && Base64.IsValid(key, out var length) && length == KeySize;

#pragma warning disable CA5350 // RFC 6455 §4.2.2 names SHA-1; nothing secret hangs on it.
    private static string Accept(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + AcceptSuffix)));
#pragma warning restore CA5350
}
