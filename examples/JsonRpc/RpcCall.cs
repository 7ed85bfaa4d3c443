// Owns: what a method sees of its call, and the buffer its result waits in until the call has succeeded.
// Does not own: reading requests (RpcRequest) or writing replies (RpcReply).

using System.Buffers;
using System.Text.Json;

namespace JsonRpc;

/// <summary>One call under way. Reused for later calls: a method must keep nothing of it.</summary>
internal sealed class RpcCall
{
    public RpcCall() => Result = new Utf8JsonWriter(_outcome);

    /// <summary>The params as sent, checked JSON, an array or an object; empty when there are none.</summary>
    public ReadOnlyMemory<byte> Params { get; private set; }

    /// <summary>Where the method writes its result, one JSON value.</summary>
    public Utf8JsonWriter Result { get; }

    /// <summary>Cancelled when the caller is gone.</summary>
    public CancellationToken Aborted { get; private set; }

    /// <summary>The elements of the batch being worked on, kept here so that the list is reused too.</summary>
    public List<ReadOnlyMemory<byte>> Batch { get; } = [];

    /// <summary>The result or the error object, once the call has ended.</summary>
    public ReadOnlySpan<byte> Outcome => _outcome.WrittenSpan;

    public void Begin(ReadOnlyMemory<byte> parameters, CancellationToken aborted)
    {
        Params = parameters;
        Aborted = aborted;
        DropResult();
    }

    /// <summary>
    /// Ends a call that succeeded. Throws <see cref="InvalidOperationException"/> when its result is not one whole value.
    /// </summary>
    public void Succeed()
    {
        if (Result.CurrentDepth != 0)
        {
            throw new InvalidOperationException("The method left its result unfinished: an array or object is still open.");
        }

        if (Result.BytesPending == 0 && _outcome.WrittenCount == 0)
        {
            Result.WriteNullValue();
        }

        Result.Flush();
    }

    /// <summary>Ends a call that failed, dropping what its method may have written.</summary>
    public void Fail(RpcError error)
    {
        DropResult();
        error.WriteTo(Result);
        Result.Flush();
    }

    /// <summary>Lets go of the message. False when the buffers have grown too large to be worth keeping.</summary>
    public bool Clear()
    {
        Params = default;
        Aborted = default;
        Batch.Clear();
        return _outcome.Capacity <= MaxKept && Batch.Capacity <= MaxKept / 16;
    }

    private void DropResult()
    {
        _outcome.ResetWrittenCount();
        Result.Reset();
    }

    private const int MaxKept = 65_536;

    private readonly ArrayBufferWriter<byte> _outcome = new(256);
}
