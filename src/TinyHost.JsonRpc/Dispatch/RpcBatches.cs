// Owns: running the calls of a batch, one after the other or several at a time.

using System.Buffers;
using System.Collections.Concurrent;

namespace TinyHost.JsonRpc;

internal sealed class RpcBatches(
    RpcMethodTable methods, RpcRunner runner, RpcCalls calls, JsonRpcOptions options, RpcInstruments instruments)
{
    private readonly ConcurrentQueue<RpcBatchRun> _idle = new();
    private readonly JsonRpcError _tooMany = new(-32600, "Invalid Request", $"a batch may hold {options.MaxBatchSize} calls at most");

    public RpcBatchRun Rent() => _idle.TryDequeue(out var kept) ? kept : new RpcBatchRun(options.MaxReplySize, instruments);

    public void Return(RpcBatchRun batch)
    {
        if (batch.Clear())
        {
            _idle.Enqueue(batch);
        }
    }

    /// <summary>Finds the elements of a batch. Returns null, or the error that answers the whole batch.</summary>
    public JsonRpcError? Split(ReadOnlyMemory<byte> message, RpcBatchRun batch)
    {
        var error = RpcBatch.Split(message, options.MaxBatchSize, _tooMany, batch.Elements);
        if (error == _tooMany)
        {
            instruments.CountLimit("batch_size");
        }

        return error;
    }

    /// <summary>Runs the calls of a batch.</summary>
    public async ValueTask<RpcOutcome> RunAsync(RpcBatchRun batch, IBufferWriter<byte> reply, RpcMessage origin)
    {
        instruments.RecordBatch(batch.Elements.Count);
        batch.Begin(reply);
        var running = options.BatchConcurrency == 1 ? RunInTurnAsync(batch, origin) : RunTogetherAsync(batch, origin);
        var isHeld = await running.ConfigureAwait(false);
        batch.End();
        return new RpcOutcome(batch.HasReply, IsBusy: false, isHeld);
    }

    // Returns whether a method that was abandoned still reads the message, as does the other.
    private async ValueTask<bool> RunInTurnAsync(RpcBatchRun batch, RpcMessage origin)
    {
        var isHeld = false;
        var call = calls.Rent();
        foreach (var element in batch.Elements)
        {
            var error = RpcRequest.Read(element, methods, out var request) ?? batch.Refusal;
            error = await runner.RunAsync(call, request, error, origin, runner.Now(), batch.Left).ConfigureAwait(false);
            batch.Add(request, error, call);
            if (call.IsAbandoned)
            {
                isHeld = true;
                call = calls.Rent();
            }
        }

        calls.Return(call);
        return isHeld;
    }

    // At most so many calls are begun and not yet answered, so that the results held are limited too.
    private async ValueTask<bool> RunTogetherAsync(RpcBatchRun batch, RpcMessage origin)
    {
        var isHeld = false;
        var running = new Queue<(JsonRpcCall Call, RpcRequest Request, Task<JsonRpcError?> Task)>(options.BatchConcurrency);
        try
        {
            for (var next = 0; next < batch.Elements.Count || running.Count > 0;)
            {
                if (next < batch.Elements.Count && running.Count < options.BatchConcurrency)
                {
                    var error = RpcRequest.Read(batch.Elements[next++], methods, out var request) ?? batch.Refusal;
                    var call = calls.Rent();
                    running.Enqueue((call, request, RunOnPoolAsync(call, request, error, origin, batch.Left)));
                }
                else
                {
                    var (call, request, task) = running.Peek();
                    batch.Add(request, await task.ConfigureAwait(false), call);
                    running.Dequeue();
                    isHeld |= call.IsAbandoned;
                    calls.Return(call);
                }
            }
        }
        finally
        {
            // The caller has left, and a method has thrown: the others still read the message.
            Task others = Task.WhenAll(running.Select(call => call.Task));
            await others.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return isHeld;
    }

    private async Task<JsonRpcError?> RunOnPoolAsync(
        JsonRpcCall call, RpcRequest request, JsonRpcError? error, RpcMessage origin, int mostOutput)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return await runner.RunAsync(call, request, error, origin, runner.Now(), mostOutput).ConfigureAwait(false);
    }
}
