// Owns: reading params by position or by name (JSON-RPC 2.0 §4.2), strictly.

using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TinyHost.JsonRpc;

/// <summary>
/// Reads the arguments of a call in one pass, in the order in which they were sent. <see cref="Next"/> goes to the next argument, and a
/// method such as <see cref="ReadInt64"/> reads it. The first argument that does not fit ends the reading, with <see cref="Error"/>; what
/// was read since is the default of its type. Params have at most 64 levels, and are valid JSON.
/// </summary>
/// <remarks>
/// A type of which a request sends more than the method declares is refused: an unknown name, a name that is repeated, or one value too
/// many.
/// </remarks>
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

    /// <summary>Whether the current argument is <c>null</c>.</summary>
    public readonly bool IsNull => _reader.TokenType == JsonTokenType.Null;

    private readonly bool IsNumber => _reader.TokenType == JsonTokenType.Number;

    private readonly bool IsString => _reader.TokenType == JsonTokenType.String;

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

    /// <summary>Reads <c>true</c> or <c>false</c>.</summary>
    public bool ReadBoolean() => _reader.TokenType switch
    {
        JsonTokenType.True => Done(true),
        JsonTokenType.False => Done(false),
        _ => Refuse<bool>(),
    };

    /// <summary>Reads an integer of 8 bits.</summary>
    public sbyte ReadSByte() => IsNumber && _reader.TryGetSByte(out var value) ? Done(value) : Refuse<sbyte>();

    /// <summary>Reads an unsigned integer of 8 bits.</summary>
    public byte ReadByte() => IsNumber && _reader.TryGetByte(out var value) ? Done(value) : Refuse<byte>();

    /// <summary>Reads an integer of 16 bits.</summary>
    public short ReadInt16() => IsNumber && _reader.TryGetInt16(out var value) ? Done(value) : Refuse<short>();

    /// <summary>Reads an unsigned integer of 16 bits.</summary>
    public ushort ReadUInt16() => IsNumber && _reader.TryGetUInt16(out var value) ? Done(value) : Refuse<ushort>();

    /// <summary>Reads an integer of 32 bits.</summary>
    public int ReadInt32() => IsNumber && _reader.TryGetInt32(out var value) ? Done(value) : Refuse<int>();

    /// <summary>Reads an unsigned integer of 32 bits.</summary>
    public uint ReadUInt32() => IsNumber && _reader.TryGetUInt32(out var value) ? Done(value) : Refuse<uint>();

    /// <summary>Reads an integer of 64 bits.</summary>
    public long ReadInt64() => IsNumber && _reader.TryGetInt64(out var value) ? Done(value) : Refuse<long>();

    /// <summary>Reads an unsigned integer of 64 bits.</summary>
    public ulong ReadUInt64() => IsNumber && _reader.TryGetUInt64(out var value) ? Done(value) : Refuse<ulong>();

    /// <summary>Reads a number that a <see cref="float"/> can hold.</summary>
    public float ReadSingle() => IsNumber && _reader.TryGetSingle(out var value) && float.IsFinite(value) ? Done(value) : Refuse<float>();

    /// <summary>Reads a number that a <see cref="double"/> can hold.</summary>
    public double ReadDouble() =>
        IsNumber && _reader.TryGetDouble(out var value) && double.IsFinite(value) ? Done(value) : Refuse<double>();

    /// <summary>Reads a number that a <see cref="decimal"/> can hold.</summary>
    public decimal ReadDecimal() => IsNumber && _reader.TryGetDecimal(out var value) ? Done(value) : Refuse<decimal>();

    /// <summary>Reads a string. Throws nothing for one that is not valid Unicode, but refuses it.</summary>
    public string ReadString()
    {
        try
        {
            return IsString ? Done(_reader.GetString()!) : Refuse<string>() ?? "";
        }
        catch (InvalidOperationException)
        {
            Fail($"{Name} must be a string of valid Unicode; it has half of a surrogate pair");
            return "";
        }
    }

    /// <summary>Reads a UUID.</summary>
    public Guid ReadGuid() => IsString && _reader.TryGetGuid(out var value) ? Done(value) : Refuse<Guid>();

    /// <summary>Reads a date and time of ISO 8601.</summary>
    public DateTime ReadDateTime() => IsString && _reader.TryGetDateTime(out var value) ? Done(value) : Refuse<DateTime>();

    /// <summary>Reads a date and time of ISO 8601.</summary>
    public DateTimeOffset ReadDateTimeOffset() =>
        IsString && _reader.TryGetDateTimeOffset(out var value) ? Done(value) : Refuse<DateTimeOffset>();

    /// <summary>
    /// Reads a value of any type as System.Text.Json does. <c>null</c> is refused for a type that could be null: ask
    /// <see cref="IsNull"/> first where null is allowed.
    /// </summary>
    public T Read<T>(JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (default(T) is null && IsNull)
        {
            return Refuse<T>()!;
        }

        var start = _reader;
        try
        {
            return Done(JsonSerializer.Deserialize(ref _reader, type)!);
        }
        catch (JsonException failure)
        {
            Fail(RpcSentences.Misfit(Name, start, failure, _info.Parameters[_current].Schema));
            return default!;
        }
    }

    /// <summary>Reads a value as <typeparamref name="TValue"/> does. Called by generated code.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
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
    /// Reads a <c>params</c> array: by position all values that follow, by name an array. Called by generated code.
    /// </summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
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

    private T Done<T>(T value)
    {
        _isUnread = false;
        return value;
    }

    private T? Refuse<T>()
    {
        Fail(RpcSentences.WrongType(Name, typeof(T), _reader));
        return default;
    }

    private bool Fail(string sentence)
    {
        Error ??= JsonRpcError.InvalidParams(sentence);
        return false;
    }
}
