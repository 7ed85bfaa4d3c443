// Owns: reading numbers from params, by position or by name (JSON-RPC 2.0 §4.2).

using System.Text.Json;

namespace JsonRpc.Methods;

/// <summary>Reads numbers from params. Params are valid JSON, so only their shape can be wrong.</summary>
internal static class RpcArguments
{
    /// <summary>Reads exactly two numbers: an array of two, or an object with exactly the two named members.</summary>
    public static bool TryReadTwo(
        ReadOnlySpan<byte> parameters,
        ReadOnlySpan<byte> firstName,
        ReadOnlySpan<byte> secondName,
        out RpcNumber first,
        out RpcNumber second)
    {
        first = second = default;
        if (parameters.IsEmpty)
        {
            return false;
        }

        var reader = new Utf8JsonReader(parameters);
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            return TryReadNext(ref reader, out first)
                && TryReadNext(ref reader, out second)
                && reader.Read() && reader.TokenType == JsonTokenType.EndArray;
        }

        bool hasFirst = false, hasSecond = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!hasFirst && reader.Is(firstName))
            {
                hasFirst = TryReadNext(ref reader, out first);
            }
            else if (!hasSecond && reader.Is(secondName))
            {
                hasSecond = TryReadNext(ref reader, out second);
            }
            else
            {
                return false;
            }
        }

        return hasFirst && hasSecond && reader.TokenType == JsonTokenType.EndObject;
    }

    /// <summary>Adds up numbers: an array of numbers, or an object whose only member has the given name and such an array.</summary>
    public static bool TrySum(ReadOnlySpan<byte> parameters, ReadOnlySpan<byte> name, out RpcNumber sum)
    {
        sum = RpcNumber.Zero;
        if (parameters.IsEmpty)
        {
            return false;
        }

        var reader = new Utf8JsonReader(parameters);
        reader.Read();
        var named = reader.TokenType == JsonTokenType.StartObject;
        if (named && !(reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.Is(name)
            && reader.Read() && reader.TokenType == JsonTokenType.StartArray))
        {
            return false;
        }

        while (TryReadNext(ref reader, out var number))
        {
            sum = RpcNumber.Add(sum, number);
        }

        return reader.TokenType == JsonTokenType.EndArray
            && (!named || (reader.Read() && reader.TokenType == JsonTokenType.EndObject));
    }

    private static bool TryReadNext(ref Utf8JsonReader reader, out RpcNumber number)
    {
        number = default;
        return reader.Read() && RpcNumber.TryRead(reader, out number);
    }
}
