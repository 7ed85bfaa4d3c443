// Owns: writing a request, and reading its result.

using System.Buffers;
using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TinyHost.JsonRpc;

/// <summary>A request that is being written. Used by generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class JsonRpcRequest
{
    private readonly JsonRpcCaller _caller;
    private readonly bool _byPosition;
    private readonly ArrayBufferWriter<byte> _json = new(256);
    private bool _hasParams;

    internal JsonRpcRequest(JsonRpcCaller caller, string method, long? id, bool byPosition)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        _caller = caller;
        _byPosition = byPosition;
        Method = method;
        Id = id;
        Writer = new Utf8JsonWriter(_json);
        Writer.WriteStartObject();
        Writer.WriteString("jsonrpc"u8, "2.0"u8);
        Writer.WriteString("method"u8, method);
        if (id is { } number)
        {
            Writer.WriteNumber("id"u8, number);
        }
    }

    /// <summary>The name of the method.</summary>
    internal string Method { get; }

    /// <summary>The id; null for a notification.</summary>
    internal long? Id { get; }

    private Utf8JsonWriter Writer { get; }

    /// <summary>Writes a parameter, in the order of the positions.</summary>
    public void Write<T, TValue>(string name, T value)
        where TValue : struct, IJsonRpcValue<T>
    {
        if (!_hasParams)
        {
            _hasParams = true;
            Writer.WritePropertyName("params"u8);
            if (_byPosition)
            {
                Writer.WriteStartArray();
            }
            else
            {
                Writer.WriteStartObject();
            }
        }

        if (!_byPosition)
        {
            Writer.WritePropertyName(name);
        }

        TValue.Write(Writer, value);
    }

    /// <summary>Sends the request and waits for the end of the method.</summary>
    public Task SendAsync(CancellationToken cancellationToken) => _caller.SendAsync(this, cancellationToken);

    /// <summary>Sends the request and waits for its result.</summary>
    public async Task<T> SendAsync<T, TValue>(CancellationToken cancellationToken)
        where TValue : struct, IJsonRpcValue<T>
    {
        var json = await _caller.SendAsync(this, cancellationToken).ConfigureAwait(false);
        return Read<T, TValue>(json.Span);
    }

    internal void WriteParams(JsonNode? parameters)
    {
        if (parameters is null)
        {
            return;
        }

        if (parameters is JsonValue)
        {
            throw new ArgumentException("Params are an array or an object.", nameof(parameters));
        }

        Writer.WritePropertyName("params"u8);
        parameters.WriteTo(Writer);
    }

    /// <summary>Ends the request. Its JSON.</summary>
    internal ReadOnlyMemory<byte> Complete()
    {
        if (_hasParams && _byPosition)
        {
            Writer.WriteEndArray();
        }
        else if (_hasParams)
        {
            Writer.WriteEndObject();
        }

        Writer.WriteEndObject();
        Writer.Flush();
        return _json.WrittenMemory;
    }

    private T Read<T, TValue>(ReadOnlySpan<byte> json)
        where TValue : struct, IJsonRpcValue<T>
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        JsonException? failure = null;
        try
        {
            if (TValue.TryRead(ref reader, out var value))
            {
                return value;
            }
        }
        catch (JsonException thrown)
        {
            failure = thrown;
        }

        var sentence = RpcSentences.Misfit("the result", json, (int)reader.TokenStartIndex, failure, TValue.Schema);
        throw new InvalidDataException($"The server's reply to '{Method}' does not fit: {sentence}.", failure);
    }
}
