// Owns: one call: its params, and the buffer that holds its result until the call has succeeded.

using System.Buffers;
using System.Text.Json;

namespace JsonRpc;

/// <summary>A call in progress. The object is reused for later calls: a method must not keep it.</summary>
internal sealed class RpcCall
{
    private const int MaxKept = 65_536;

    private readonly ArrayBufferWriter<byte> _output = new(256);

    public RpcCall() => Result = new Utf8JsonWriter(_output);

    /// <summary>The params as sent: valid JSON, an array or an object; empty if the request has no params.</summary>
    public ReadOnlyMemory<byte> Params { get; private set; }

    /// <summary>The writer for the method's result, one JSON value.</summary>
    public Utf8JsonWriter Result { get; }

    /// <summary>Cancelled when the caller has disconnected.</summary>
    public CancellationToken Aborted { get; private set; }

    /// <summary>The elements of the current batch. The list is kept here so that it is reused as well.</summary>
    public List<ReadOnlyMemory<byte>> Batch { get; } = [];

    /// <summary>The result or the error object, once the call has ended.</summary>
    public ReadOnlySpan<byte> Output => _output.WrittenSpan;

    public void Begin(ReadOnlyMemory<byte> parameters, CancellationToken aborted)
    {
        Params = parameters;
        Aborted = aborted;
        DropResult();
    }

    /// <summary>
    /// Completes a successful call. Throws <see cref="InvalidOperationException"/> if its result is not one complete value.
    /// </summary>
    public void Succeed()
    {
        if (Result.CurrentDepth != 0)
        {
            throw new InvalidOperationException("The method left its result incomplete: an array or object is still open.");
        }

        if (Result.BytesPending == 0 && _output.WrittenCount == 0)
        {
            Result.WriteNullValue();
        }

        Result.Flush();
    }

    /// <summary>Completes a failed call: replaces anything its method has written with the error.</summary>
    public void Fail(RpcError error)
    {
        DropResult();
        error.WriteTo(Result);
        Result.Flush();
    }

    /// <summary>Releases the message. False if the buffers have grown too large to keep.</summary>
    public bool Clear()
    {
        Params = default;
        Aborted = default;
        Batch.Clear();
        return _output.Capacity <= MaxKept && Batch.Capacity <= MaxKept / 16;
    }

    private void DropResult()
    {
        _output.ResetWrittenCount();
        Result.Reset();
    }
}
