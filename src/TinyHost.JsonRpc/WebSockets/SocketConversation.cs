// Owns: answering the messages of one WebSocket, from its opening to its end.

using System.Net.WebSockets;
using Microsoft.Extensions.Logging;

namespace TinyHost.JsonRpc;

/// <summary>
/// A message begins to run on the reader, so that methods begin in the order of their messages. The reader goes on when a method waits.
/// </summary>
internal sealed partial class SocketConversation(
    WebSocket socket, RequestContext context, RpcDispatcher dispatcher, JsonRpcOptions options, SocketTurns turns, SocketSender sender,
    RpcInstruments instruments, ILogger logger)
{
    private const uint Many = 64;

    private readonly SocketInput _input = new(socket, options.MaxMessageSize);
    private readonly SocketSlots _slots = new(options.WebSockets.MaxConcurrent);
    private volatile bool _isStopping;
    private uint _begun;

    public JsonRpcConnection Connection { get; } = new(context, sender);

    /// <summary>Ends what takes too long.</summary>
    public void Tick() => sender.Tick(isIdle: _slots.IsEmpty);

    /// <summary>
    /// Answers messages until the connection is closed by either side, and waits for the calls in progress. Throws what the socket throws
    /// when the peer has left without a close frame or has violated the protocol.
    /// </summary>
    public async Task RunAsync()
    {
        using var stopping = context.Stopping.UnsafeRegister(static self => ((SocketConversation)self!).Stop(), this);
        using var aborted = context.Aborted.UnsafeRegister(static self => ((SocketSender)self!).Abort(), sender);
        try
        {
            await ReadAsync().ConfigureAwait(false);
            // The answer to the peer's close frame.
            await sender.CloseAsync(socket.CloseStatus ?? WebSocketCloseStatus.Empty, reason: null).ConfigureAwait(false);
        }
        catch (Exception failure) when (sender.Ended.IsCancellationRequested && SocketSender.IsDeparture(failure))
        {
            // The connection was ended on this side, so it does not matter how the peer has left.
        }
        finally
        {
            _input.Release();
            sender.Finish();
            await _slots.WhenEmptyAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask ReadAsync()
    {
        SocketInputKind kind;
        while ((kind = await _input.ReadAsync().ConfigureAwait(false)) == SocketInputKind.Message)
        {
            await BeginAsync().ConfigureAwait(false);
        }

        if (kind == SocketInputKind.Binary)
        {
            await RefuseAsync(WebSocketCloseStatus.InvalidMessageType, "messages must be text").ConfigureAwait(false);
        }
        else if (kind == SocketInputKind.TooLong)
        {
            instruments.CountLimit("message_size");
            await RefuseAsync(WebSocketCloseStatus.MessageTooBig, $"a message may have {options.MaxMessageSize} bytes")
                .ConfigureAwait(false);
        }
    }

    // Nothing that arrives later is read, but the peer must find the close frame before the connection ends.
    private ValueTask RefuseAsync(WebSocketCloseStatus status, string reason)
    {
        _ = sender.CloseAsync(status, reason);
        return _input.DropAsync();
    }

    private async ValueTask BeginAsync()
    {
        sender.Touch();
        await _slots.EnterAsync().ConfigureAwait(false);
        if (_isStopping || sender.Ended.IsCancellationRequested)
        {
            _slots.Exit();
            return;
        }

        var turn = turns.Rent();
        var (content, length) = _input.Take();
        turn.Begin(Connection, content, length);
        _ = AnswerAsync(turn);
        if (++_begun % Many == 0)
        {
            // A peer that sends without a pause leaves the thread to others now and then.
            await Task.Yield();
        }
    }

    private async Task AnswerAsync(SocketTurn turn)
    {
        var isHeld = false;
        try
        {
            var outcome = await dispatcher.DispatchAsync(turn.Message, turn.Reply, context, sender.Ended, turn).ConfigureAwait(false);
            isHeld = outcome.IsHeld;
            if (outcome.HasReply)
            {
                await sender.SendAsync(turn.Reply.WrittenMemory).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (sender.Ended.IsCancellationRequested)
        {
            // The peer has left.
        }
#pragma warning disable CA1031 // Logged: the peer has left, and the method has thrown.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            LogFailed(failure, context.Connection.Id);
        }

        try
        {
            if (await turn.EndAsync(isHeld).ConfigureAwait(false))
            {
                turns.Return(turn);
            }
        }
#pragma warning disable CA1031 // Logged: the message has been answered, and the connection goes on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            LogDisposalFailed(failure, context.Connection.Id);
        }

        _slots.Exit();
    }

    private void Stop()
    {
        _isStopping = true;
        _ = CloseForStopAsync();
    }

    private async Task CloseForStopAsync()
    {
        await _slots.WhenEmptyAsync().ConfigureAwait(false);
        await sender.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "the server stops").ConfigureAwait(false);
    }

    [LoggerMessage(EventId = 3, Level = LogLevel.Error, Message = "A method failed after its peer had left the WebSocket {Connection}.")]
    private partial void LogFailed(Exception exception, long connection);

    [LoggerMessage(
        EventId = 4, Level = LogLevel.Error, Message = "Disposing of the services of a message failed on the WebSocket {Connection}.")]
    private partial void LogDisposalFailed(Exception exception, long connection);
}
