// Owns: taking a message, single or batch, through its calls to its reply, and what becomes of a method that throws.
// Does not own: HTTP (RpcEndpoint), the syntax (RpcRequest, RpcBatch, RpcReply), the methods.

using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Unicode;
using Microsoft.Extensions.Logging;

namespace JsonRpc;

/// <summary>A JSON-RPC 2.0 server without a transport. The calls of a batch are made one after the other, in order.</summary>
internal sealed partial class RpcDispatcher(
    RpcMethodTable methods, RpcInstruments instruments, RpcSettings settings, ILogger<RpcDispatcher> logger)
{
    /// <summary>Makes the calls of a message. Returns false when there is nothing to reply: notifications alone (§4.1, §6).</summary>
    public async ValueTask<bool> DispatchAsync(ReadOnlyMemory<byte> message, IBufferWriter<byte> reply, CancellationToken aborted)
    {
        var call = _idle.TryDequeue(out var kept) ? kept : new RpcCall();
        bool replied;
        if (!Utf8.IsValid(message.Span))
        {
            // RFC 8259 §8.1; the JSON reader itself would only notice when a string is decoded.
            replied = Refuse(call, RpcError.Parse, reply);
        }
        else if (RpcBatch.IsBatch(message.Span))
        {
            replied = await DispatchBatchAsync(message, call, reply, aborted);
        }
        else
        {
            replied = await DispatchOneAsync(message, call, reply, before: default, aborted);
        }

        if (call.Clear())
        {
            _idle.Enqueue(call);
        }

        return replied;
    }

    private async ValueTask<bool> DispatchBatchAsync(
        ReadOnlyMemory<byte> message, RpcCall call, IBufferWriter<byte> reply, CancellationToken aborted)
    {
        if (RpcBatch.Split(message, settings.MaxBatchSize, call.Batch) is { } error)
        {
            return Refuse(call, error, reply);
        }

        var replied = false;
        foreach (var element in call.Batch)
        {
            replied |= await DispatchOneAsync(element, call, reply, replied ? s_comma : s_openingBracket, aborted);
        }

        if (replied)
        {
            reply.Write("]"u8);
        }

        return replied;
    }

    private async ValueTask<bool> DispatchOneAsync(
        ReadOnlyMemory<byte> json, RpcCall call, IBufferWriter<byte> reply, ReadOnlyMemory<byte> before, CancellationToken aborted)
    {
        var started = Stopwatch.GetTimestamp();
        Exception? exception = null;
        var error = RpcRequest.Read(json, methods, out var request);
        if (error is null)
        {
            call.Begin(request.Params, aborted);
            try
            {
                error = await request.Method!.Handler(call);
                if (error is null)
                {
                    call.Succeed();
                }
            }
            catch (Exception thrown) when (!aborted.IsCancellationRequested)
            {
                LogFailed(request.Method!.Name, thrown);
                (error, exception) = (RpcError.Internal, thrown);
            }
        }

        instruments.Record(request.Method, error, exception, started);
        if (!request.ExpectsReply)
        {
            return false;
        }

        if (error is not null)
        {
            call.Fail(error);
        }

        RpcReply.Write(reply, before.Span, failed: error is not null, call.Outcome, request.Id.Span);
        return true;
    }

    private bool Refuse(RpcCall call, RpcError error, IBufferWriter<byte> reply)
    {
        instruments.Record(method: null, error, exception: null, Stopwatch.GetTimestamp());
        call.Fail(error);
        RpcReply.Write(reply, before: default, failed: true, call.Outcome, id: default);
        return true;
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "The method {Method} failed.")]
    private partial void LogFailed(string method, Exception exception);

    private static readonly byte[] s_openingBracket = "["u8.ToArray();
    private static readonly byte[] s_comma = ","u8.ToArray();

    private readonly ConcurrentQueue<RpcCall> _idle = new();
}
