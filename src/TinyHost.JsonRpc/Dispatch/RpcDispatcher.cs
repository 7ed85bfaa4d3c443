// Owns: dispatching a message, single or batch: its calls and its reply.

using System.Buffers;
using System.Text.Unicode;

namespace TinyHost.JsonRpc;

/// <summary>A JSON-RPC 2.0 server without a transport: a message in, a reply out.</summary>
internal sealed class RpcDispatcher
{
    private readonly RpcMethodTable _methods;
    private readonly RpcRunner _runner;
    private readonly RpcInstruments _instruments;
    private readonly RpcBatches _batches;
    private readonly RpcCalls _calls = new();
    private readonly int _maxReplySize;

    public RpcDispatcher(RpcMethodTable methods, RpcRunner runner, JsonRpcOptions options, RpcInstruments instruments)
    {
        _methods = methods;
        _runner = runner;
        _instruments = instruments;
        _maxReplySize = options.MaxReplySize;
        _batches = new RpcBatches(methods, runner, _calls, options, instruments);
    }

    /// <summary>
    /// Runs the calls of a message, and writes the reply unless all calls were notifications (§4.1, §6). Throws only what a method throws
    /// after the caller has left. The message may be used for something else afterwards.
    /// </summary>
    public async ValueTask<RpcOutcome> DispatchAsync(
        ReadOnlyMemory<byte> message,
        IBufferWriter<byte> reply,
        RequestContext? context,
        CancellationToken aborted,
        IRpcExchange? exchange = null)
    {
        if (message.Span.StartsWith("\uFEFF"u8))
        {
            // RFC 8259 §8.1: a byte order mark may be ignored.
            message = message[3..];
        }

        // A method that outlives its message must not see what its memory is used for next.
        var copy = _runner.MayAbandon ? ArrayPool<byte>.Shared.Rent(message.Length) : null;
        if (copy is not null)
        {
            message.CopyTo(copy);
            message = copy.AsMemory(0, message.Length);
        }

        var origin = _runner.Begin(context, exchange, aborted);
        RpcOutcome outcome;
        if (!Utf8.IsValid(message.Span))
        {
            // RFC 8259 §8.1. The JSON reader would detect invalid UTF-8 only when it decodes a string.
            outcome = Refuse(RpcErrors.Parse, reply);
        }
        else if (RpcBatch.IsBatch(message.Span))
        {
            var batch = _batches.Rent();
            outcome = _batches.Split(message, batch) is { } error
                ? Refuse(error, reply)
                : await _batches.RunAsync(batch, reply, origin).ConfigureAwait(false);
            _batches.Return(batch);
        }
        else
        {
            outcome = await DispatchOneAsync(message, reply, origin).ConfigureAwait(false);
        }

        if (copy is not null && !outcome.IsHeld)
        {
            ArrayPool<byte>.Shared.Return(copy);
        }

        return outcome;
    }

    private async ValueTask<RpcOutcome> DispatchOneAsync(ReadOnlyMemory<byte> message, IBufferWriter<byte> reply, RpcMessage origin)
    {
        var call = _calls.Rent();
        var error = RpcRequest.Read(message, _methods, out var request);
        error = await _runner.RunAsync(call, request, error, origin, origin.Started, _maxReplySize).ConfigureAwait(false);
        if (request.ExpectsReply)
        {
            RpcReply.Write(reply, prefix: default, error, error is null ? call.Output : default, request.Id.Span);
        }

        var isHeld = call.IsAbandoned;
        _calls.Return(call);
        return new RpcOutcome(request.ExpectsReply, IsBusy: error == RpcErrors.Busy, isHeld);
    }

    private RpcOutcome Refuse(JsonRpcError error, IBufferWriter<byte> reply)
    {
        _instruments.Record(method: null, error, exception: null, TimeSpan.Zero);
        RpcReply.Write(reply, prefix: default, error, result: default, id: default);
        return new RpcOutcome(HasReply: true, IsBusy: false, IsHeld: false);
    }
}
