// Owns: a batch of calls: sent in one request, answered in one reply (JSON-RPC 2.0 §6).

using System.Buffers;

namespace TinyHost.JsonRpc;

/// <summary>
/// Calls that are sent together. Begin the calls without awaiting them, send the batch, then await the calls: each has its own result or
/// error. <c>var batch = client.CreateBatch(); var shop = new ShopClient(batch); var sum = shop.AddAsync(1, 2); await batch.SendAsync();
/// Use(await sum);</c> A batch is sent once, and belongs to one thread at a time.
/// </summary>
public sealed class JsonRpcBatch : JsonRpcCaller
{
    private readonly JsonRpcClient _client;
    private readonly List<(JsonRpcRequest Request, TaskCompletionSource<ReadOnlyMemory<byte>> Reply)> _calls = [];
    private bool _isSent;

    internal JsonRpcBatch(JsonRpcClient client) => _client = client;

    /// <summary>The number of calls and notifications begun.</summary>
    public int Count => _calls.Count;

    /// <summary>
    /// Sends the calls, and returns once all have been answered. Throws <see cref="InvalidOperationException"/> the second time, and if the
    /// batch as a whole has failed, the exception that each of its calls throws, too. A batch without calls sends nothing.
    /// </summary>
    public async Task SendAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfSent();
        _isSent = true;
        if (_calls.Count == 0)
        {
            return;
        }

        using var span = RpcClientSpan.StartBatch(_calls.Count);
        try
        {
            var reply = await _client.PostAsync(Write(), "a batch", cancellationToken).ConfigureAwait(false);
            Complete(_calls.Exists(call => call.Request.Id is not null) ? RpcReplyReader.ReadBatch(reply) : []);
        }
        catch (Exception exception)
        {
            RpcClientSpan.Fail(span, exception);
            foreach (var (_, waiting) in _calls)
            {
                waiting.TrySetException(exception);

                // Whoever sends the batch sees the exception; a call that nobody awaits must not raise it again.
                _ = waiting.Task.Exception;
            }

            throw;
        }
    }

    /// <inheritdoc/>
    internal override long NextId() => _client.NextId();

    /// <inheritdoc/>
    internal override Task<ReadOnlyMemory<byte>> SendAsync(JsonRpcRequest request, CancellationToken cancellationToken)
    {
        ThrowIfSent();
        var waiting = new TaskCompletionSource<ReadOnlyMemory<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls.Add((request, waiting));
        return waiting.Task.WaitAsync(cancellationToken);
    }

    private void ThrowIfSent()
    {
        if (_isSent)
        {
            throw new InvalidOperationException("The batch has been sent. Create another for further calls.");
        }
    }

    private ReadOnlyMemory<byte> Write()
    {
        var message = new ArrayBufferWriter<byte>();
        for (var i = 0; i < _calls.Count; i++)
        {
            message.Write(i == 0 ? "["u8 : ","u8);
            message.Write(_calls[i].Request.Complete().Span);
        }

        message.Write("]"u8);
        return message.WrittenMemory;
    }

    private void Complete(List<RpcReceived> replies)
    {
        if (replies is [{ Id: null, Error: { } error }])
        {
            throw new JsonRpcException(error);
        }

        var byId = replies.Where(reply => reply.Id is not null).ToLookup(reply => reply.Id!.Value);
        foreach (var (request, waiting) in _calls)
        {
            var reply = request.Id is { } id ? byId[id].FirstOrDefault() : new RpcReceived(null, null, default);
            if (reply is null)
            {
                waiting.SetException(new InvalidDataException($"The server's reply to a batch has none for '{request.Method}'."));
            }
            else if (reply.Error is not null)
            {
                waiting.SetException(new JsonRpcException(reply.Error));
            }
            else
            {
                waiting.SetResult(reply.Json);
            }
        }
    }
}
