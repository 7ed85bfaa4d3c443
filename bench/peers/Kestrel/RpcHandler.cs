// Owns: JSON-RPC over Kestrel, without avoidable copies of content and reply.

using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using TinyHost.Bench.Shared;
using TinyHost.JsonRpc;

namespace TinyHost.Bench.Peers.Kestrel;

internal sealed class RpcHandler(RpcDispatcher dispatcher)
{
    private readonly ConcurrentQueue<ArrayBufferWriter<byte>> _idle = new();

    public static RpcHandler Create() => new(RpcMethods.Create().CreateService(services: null).Dispatcher);

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
        var outcome = await dispatcher.DispatchAsync(message, reply, context: null, context.RequestAborted);
        if (outcome.HasReply)
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
