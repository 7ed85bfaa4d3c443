// Owns: dispatching a message, single or batch: its calls and its reply.

using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Unicode;

namespace TinyHost.JsonRpc;

/// <summary>A JSON-RPC 2.0 server without a transport: a message in, a reply out.</summary>
internal sealed class RpcDispatcher(RpcMethodTable methods, RpcRunner runner, JsonRpcOptions options, RpcInstruments instruments)
{
    private static readonly byte[] s_openingBracket = "["u8.ToArray();
    private static readonly byte[] s_comma = ","u8.ToArray();

    private readonly ConcurrentQueue<JsonRpcCall> _idle = new();

    /// <summary>
    /// Runs the calls of a message, and writes the reply unless all calls were notifications (§4.1, §6). Throws only what a method throws
    /// after the caller has left.
    /// </summary>
    public async ValueTask<RpcOutcome> DispatchAsync(
        ReadOnlyMemory<byte> message, IBufferWriter<byte> reply, RequestContext? context, CancellationToken aborted)
    {
        var call = Rent();
        var origin = runner.Begin(context, aborted);
        RpcOutcome outcome;
        if (!Utf8.IsValid(message.Span))
        {
            // RFC 8259 §8.1. The JSON reader would detect invalid UTF-8 only when it decodes a string.
            outcome = Refuse(RpcErrors.Parse, reply);
        }
        else if (RpcBatch.IsBatch(message.Span))
        {
            outcome = await DispatchBatchAsync(message, call, reply, origin).ConfigureAwait(false);
        }
        else
        {
            var error = RpcRequest.Read(message, methods, out var request);
            error = await runner.RunAsync(call, request, error, origin, options.MaxReplySize).ConfigureAwait(false);
            if (request.ExpectsReply)
            {
                RpcReply.Write(reply, prefix: default, error, call.Output, request.Id.Span);
            }

            outcome = new RpcOutcome(request.ExpectsReply, IsBusy: error == RpcErrors.Busy);
        }

        Return(call);
        return outcome;
    }

    private async ValueTask<RpcOutcome> DispatchBatchAsync(
        ReadOnlyMemory<byte> message, JsonRpcCall call, IBufferWriter<byte> reply, RpcMessage origin)
    {
        if (RpcBatch.Split(message, options.MaxBatchSize, call.Batch) is { } error)
        {
            return Refuse(error, reply);
        }

        instruments.RecordBatch(call.Batch.Count);
        var replied = false;
        foreach (var element in call.Batch)
        {
            error = RpcRequest.Read(element, methods, out var request);
            error = await runner.RunAsync(call, request, error, origin, options.MaxReplySize).ConfigureAwait(false);
            if (request.ExpectsReply)
            {
                RpcReply.Write(reply, replied ? s_comma : s_openingBracket, error, call.Output, request.Id.Span);
                replied = true;
            }
        }

        if (replied)
        {
            reply.Write("]"u8);
        }

        return new RpcOutcome(replied, IsBusy: false);
    }

    private RpcOutcome Refuse(JsonRpcError error, IBufferWriter<byte> reply)
    {
        instruments.Record(method: null, error, exception: null, TimeSpan.Zero);
        RpcReply.Write(reply, prefix: default, error, result: default, id: default);
        return new RpcOutcome(HasReply: true, IsBusy: false);
    }

    private JsonRpcCall Rent() => _idle.TryDequeue(out var kept) ? kept : new JsonRpcCall();

    private void Return(JsonRpcCall call)
    {
        if (call.Clear())
        {
            _idle.Enqueue(call);
        }
    }
}
