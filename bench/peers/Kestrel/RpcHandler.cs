// Owns: JSON-RPC over Kestrel, without avoidable copies of content and reply.

using System.Buffers;
using System.Collections.Concurrent;
using JsonRpc;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Bench.Shared;

namespace TinyHost.Bench.Peers.Kestrel;

internal sealed class RpcHandler(RpcDispatcher dispatcher)
{
    private readonly ConcurrentQueue<ArrayBufferWriter<byte>> _idle = new();

    public static RpcHandler Create()
    {
        var instruments = new RpcInstruments(new BenchMeterFactory());
        return new(new RpcDispatcher(RpcExample.Methods(), instruments, new RpcSettings(), NullLogger<RpcDispatcher>.Instance));
    }

    public async Task HandleAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        var read = await reader.ReadAsync();
        while (!read.IsCompleted)
        {
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await reader.ReadAsync();
        }

        var message = read.Buffer.IsSingleSegment ? read.Buffer.First : read.Buffer.ToArray();
        var reply = _idle.TryDequeue(out var kept) ? kept : new ArrayBufferWriter<byte>(256);
        if (await dispatcher.DispatchAsync(message, reply, context.RequestAborted))
        {
            context.Response.ContentType = Content.JsonType;
            context.Response.ContentLength = reply.WrittenCount;
            await context.Response.Body.WriteAsync(reply.WrittenMemory);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }

        reader.AdvanceTo(read.Buffer.End);
        reply.ResetWrittenCount();
        _idle.Enqueue(reply);
    }
}
