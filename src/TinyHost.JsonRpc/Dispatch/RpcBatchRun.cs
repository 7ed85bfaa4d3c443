// Owns: a batch in progress: its elements, its reply, which is an array of response objects, and the limit of its size.

using System.Buffers;

namespace TinyHost.JsonRpc;

/// <summary>The object is reused for later batches.</summary>
/// <param name="most">The most bytes that the results of a batch may have together.</param>
/// <param name="instruments">Count results that do not fit.</param>
internal sealed class RpcBatchRun(int most, RpcInstruments instruments)
{
    private const int MaxKept = 4_096;

    private IBufferWriter<byte>? _reply;

    /// <summary>The elements as sent.</summary>
    public List<ReadOnlyMemory<byte>> Elements { get; } = [];

    /// <summary>Whether a response object was written.</summary>
    public bool HasReply { get; private set; }

    /// <summary>How many bytes the next result may have.</summary>
    public int Left { get; private set; }

    /// <summary>The error of calls that must not run because the reply is full; null as long as it is not.</summary>
    public JsonRpcError? Refusal { get; private set; }

    /// <summary>A batch begins, whose reply goes to <paramref name="reply"/>.</summary>
    public void Begin(IBufferWriter<byte> reply)
    {
        _reply = reply;
        HasReply = false;
        Left = most;
        Refusal = null;
    }

    /// <summary>Adds the response to a request, unless it is a notification.</summary>
    public void Add(in RpcRequest request, JsonRpcError? error, JsonRpcCall call)
    {
        if (!request.ExpectsReply)
        {
            return;
        }

        if (error is null && call.Output.Length > Left)
        {
            // Calls that run together get the same limit.
            error = RpcErrors.ReplyTooLarge;
            instruments.CountIfLimit(error);
        }

        if (error == RpcErrors.ReplyTooLarge)
        {
            Refusal = error;
        }

        var result = error is null ? call.Output : default;
        Left -= result.Length;
        RpcReply.Write(_reply!, HasReply ? ","u8 : "["u8, error, result, request.Id.Span);
        HasReply = true;
    }

    /// <summary>All calls have been answered.</summary>
    public void End()
    {
        if (HasReply)
        {
            _reply!.Write("]"u8);
        }
    }

    /// <summary>Releases the message and the reply. False if the object has grown too large to keep.</summary>
    public bool Clear()
    {
        _reply = null;
        Elements.Clear();
        return Elements.Capacity <= MaxKept;
    }
}
