// Owns: reading params by position or by name (JSON-RPC 2.0 §4.2), strictly.

using System.ComponentModel;
using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>
/// Reads the arguments of a call in one pass, in the order in which they were sent. <see cref="Next"/> goes to the next argument, and
/// <see cref="Read"/> reads it. The first argument that does not fit ends the reading, with <see cref="Error"/>; so does an unknown name, a
/// name that is repeated, and a value too many. Called by generated code.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public ref struct JsonRpcArguments
{
    private readonly JsonRpcMethodInfo _info;
    private readonly ReadOnlySpan<byte> _json;
    private readonly bool _isEmpty;
    private readonly bool _isNamed;
    private Utf8JsonReader _reader;
    private bool _isUnread;
    private int _current = -1;
    private int _count;
    private ulong _seen;
    private int _rest = -1;

    /// <summary>Begins to read the params of a call to the method declared by <paramref name="info"/>.</summary>
    public JsonRpcArguments(JsonRpcCall call, JsonRpcMethodInfo info)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(info);
        _info = info;
        _isEmpty = call.Params.IsEmpty;
        if (!_isEmpty)
        {
            _json = call.Params.Span;
            _reader = new Utf8JsonReader(_json);
            _reader.Read();
            _isNamed = _reader.TokenType == JsonTokenType.StartObject;
        }
    }

    /// <summary>
    /// The error to answer: −32602 with a sentence that names the parameter and what was expected. Null as long as all arguments fit.
    /// </summary>
    public JsonRpcError? Error { get; private set; }

    private readonly string Name => _info.Parameters[_current].Name + (_rest < 0 ? "" : $"[{_rest}]");

    /// <summary>
    /// Goes to the next argument, whose parameter has this index in <see cref="JsonRpcMethodInfo.Parameters"/>. False at the end, and after
    /// an error. An argument that was not read is skipped.
    /// </summary>
    public bool Next(out int index)
    {
        index = -1;
        if (Error is not null)
        {
            return false;
        }

        if (_isUnread)
        {
            _reader.Skip();
        }

        _isUnread = false;
        if (_isEmpty || !_reader.Read() || _reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
        {
            return End();
        }

        index = _isNamed ? _info.IndexOf(_reader, _count) : _count;
        if ((uint)index >= (uint)_info.Count)
        {
            return Fail(_isNamed ? RpcSentences.Unknown(_reader, _info) : RpcSentences.TooMany(ref _reader, _count, _info));
        }

        if ((_seen & (1UL << index)) != 0)
        {
            return Fail($"{_info.Parameters[index].Name} is given twice");
        }

        if (_isNamed)
        {
            _reader.Read();
        }

        _seen |= 1UL << index;
        _count++;
        _current = index;
        _isUnread = true;
        return true;
    }

    /// <summary>Reads the argument as <typeparamref name="TValue"/> does; the default of its type if it does not fit.</summary>
    public T Read<T, TValue>()
        where TValue : struct, IJsonRpcValue<T>
    {
        var start = (int)_reader.TokenStartIndex;
        JsonException? failure = null;
        try
        {
            if (TValue.TryRead(ref _reader, out var value))
            {
                _isUnread = false;
                return value;
            }
        }
        catch (JsonException thrown)
        {
            failure = thrown;
        }

        Fail(RpcSentences.Misfit(Name, _json[start..], (int)_reader.TokenStartIndex - start, failure, TValue.Schema));
        return default!;
    }

    /// <summary>
    /// Reads a <c>params</c> array: by position all values that follow, by name an array.
    /// </summary>
    public T[] ReadRest<T, TValue>()
        where TValue : struct, IJsonRpcValue<T>
    {
        if (_isNamed)
        {
            return Read<T[], ArrayValue<T, TValue>>();
        }

        var values = new List<T>();
        do
        {
            _rest = values.Count;
            values.Add(Read<T, TValue>());
        }
        while (Error is null && _reader.Read() && _reader.TokenType != JsonTokenType.EndArray);
        return [.. values];
    }

    // All is read. Required parameters come first, so that those missing are found by comparing bits.
    private bool End()
    {
        var required = _info.RequiredCount == 64 ? ulong.MaxValue : (1UL << _info.RequiredCount) - 1;
        var missing = required & ~_seen;
        return missing != 0 && Fail(RpcSentences.Missing(_info.Parameters[System.Numerics.BitOperations.TrailingZeroCount(missing)]));
    }

    private bool Fail(string sentence)
    {
        Error ??= JsonRpcError.InvalidParams(sentence);
        return false;
    }
}
