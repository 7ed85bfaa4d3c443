// Owns: dispatching a message, single or batch: its calls, its reply, and exceptions thrown by methods.

using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Unicode;
using Microsoft.Extensions.Logging;

namespace JsonRpc;

/// <summary>A JSON-RPC 2.0 server without a transport. The calls of a batch run one at a time, in order.</summary>
internal sealed partial class RpcDispatcher(
    RpcMethodTable methods, RpcInstruments instruments, RpcSettings settings, ILogger<RpcDispatcher> logger)
{
    private static readonly byte[] s_openingBracket = "["u8.ToArray();
    private static readonly byte[] s_comma = ","u8.ToArray();

    private readonly ConcurrentQueue<RpcCall> _idle = new();

    /// <summary>Runs the calls of a message. Returns false if there is no reply: all calls were notifications (§4.1, §6).</summary>
    public async ValueTask<bool> DispatchAsync(ReadOnlyMemory<byte> message, IBufferWriter<byte> reply, CancellationToken aborted)
    {
        var call = _idle.TryDequeue(out var kept) ? kept : new RpcCall();
        bool replied;
        if (!Utf8.IsValid(message.Span))
        {
            // RFC 8259 §8.1. The JSON reader would detect invalid UTF-8 only when it decodes a string.
            replied = Refuse(call, RpcError.Parse, reply);
        }
        else if (RpcBatch.IsBatch(message.Span))
        {
            replied = await DispatchBatchAsync(message, call, reply, aborted);
        }
        else
        {
            replied = await DispatchOneAsync(message, call, reply, prefix: default, aborted);
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
        ReadOnlyMemory<byte> json, RpcCall call, IBufferWriter<byte> reply, ReadOnlyMemory<byte> prefix, CancellationToken aborted)
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

        RpcReply.Write(reply, prefix.Span, failed: error is not null, call.Output, request.Id.Span);
        return true;
    }

    private bool Refuse(RpcCall call, RpcError error, IBufferWriter<byte> reply)
    {
        instruments.Record(method: null, error, exception: null, Stopwatch.GetTimestamp());
        call.Fail(error);
        RpcReply.Write(reply, prefix: default, failed: true, call.Output, id: default);
        return true;
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "The method {Method} failed.")]
    private partial void LogFailed(string method, Exception exception);
}
