// Owns: opening WebSockets and answering their messages while a server runs.

namespace TinyHost.JsonRpc;

internal sealed class SocketService(
    RpcDispatcher dispatcher, JsonRpcOptions options, RpcInstruments instruments, TimeProvider time, ObserverGuard guard)
{
    // When another connection ends, nobody knows.
    private const string RetryAfter = "1";

    private readonly SocketOrigins _origins = new(options.WebSockets.AllowedOrigins);
    private readonly SocketTable _table = new(options.WebSockets.MaxConnections, time, instruments);
    private readonly SocketTurns _turns = new();
    private readonly WebSocketOptions _socketOptions = new() { KeepAliveInterval = options.WebSockets.KeepAliveInterval };

    /// <summary>The connections that are open now.</summary>
    public IReadOnlyList<JsonRpcConnection> Connections => _table.Connections;

    public async Task HandleAsync(RequestContext context)
    {
        var response = context.Response;
        if (!options.WebSockets.Enabled)
        {
            response.Fields["Allow"] = "POST";
            await response.AnswerErrorAsync(405, "Calls are sent with POST; this server has no WebSockets.").ConfigureAwait(false);
        }
        else if (_origins.Refusal(context.Request) is { } refusal)
        {
            instruments.CountLimit("origin");
            await response.AnswerErrorAsync(403, refusal).ConfigureAwait(false);
        }
        else if (!_table.TryEnter())
        {
            instruments.CountLimit("connections");
            response.Fields["Retry-After"] = RetryAfter;
            await response.AnswerErrorAsync(503, "There are too many WebSockets.").ConfigureAwait(false);
        }
        else
        {
            try
            {
                await ConverseAsync(context).ConfigureAwait(false);
            }
            finally
            {
                _table.Exit();
            }
        }
    }

    private async Task ConverseAsync(RequestContext context)
    {
        using var socket = await context.AcceptWebSocketAsync(_socketOptions).ConfigureAwait(false);
        if (socket is null)
        {
            return;    // Not a WebSocket handshake: it has been answered.
        }

        var sender = new SocketSender(socket, context, options.WebSockets, time, instruments, guard);
        var conversation = new SocketConversation(socket, context, dispatcher, options, _turns, sender, instruments, guard.Logger);
        _table.Add(conversation);
        try
        {
            await conversation.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            _table.Remove(conversation);
        }
    }
}
