// Owns: the sentences about params that do not fit.

using System.Text;
using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>Each names the parameter, what was expected, and what was sent.</summary>
internal static class RpcSentences
{
    private const int MostShown = 40;

    public static string Missing(JsonRpcParameterInfo parameter) =>
        $"{parameter.Name} is missing; it must be {parameter.Schema.Describe()}";

    /// <summary>The reader's current name is that of no parameter.</summary>
    public static string Unknown(in Utf8JsonReader reader, JsonRpcMethodInfo info) =>
        $"there is no parameter {Shown(reader.ValueSpan)}; {Known(info)}";

    /// <summary>The reader is at the first value too many, behind <paramref name="before"/> others.</summary>
    public static string TooMany(ref Utf8JsonReader reader, int before, JsonRpcMethodInfo info)
    {
        var count = before;
        do
        {
            count++;
            reader.Skip();
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray);
        return $"there are {count} params; {Known(info)}";
    }

    /// <summary>
    /// A value, at the start of <paramref name="json"/>, that is not of its type. The reading ended at <paramref name="end"/>, in a list at
    /// the item that did not fit. <paramref name="failure"/> is that of System.Text.Json, where it read.
    /// </summary>
    public static string Misfit(string name, ReadOnlySpan<byte> json, int end, JsonException? failure, JsonRpcSchema schema)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (end > 0 && schema.Item is { } item && reader.TokenType == JsonTokenType.StartArray)
        {
            for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                if (end < reader.BytesConsumed)
                {
                    return Misfit($"{name}[{index}]", json[start..], end - start, failure, item);
                }
            }
        }

        if (failure?.Path is { Length: > 1 } path && path[0] == '$')
        {
            return $"{name}{path[1..]} does not fit its schema";
        }

        var expected = schema.Describe();
        var text = reader;
        return expected.StartsWith("a string", StringComparison.Ordinal)
            && reader.TokenType == JsonTokenType.String && !StringValue.TryRead(ref text, out _)
            ? $"{name} must be a string of valid Unicode; it has half of a surrogate pair"
            : failure is not null && expected.StartsWith(RpcTypeNames.DescribeValue(reader), StringComparison.Ordinal)
                ? $"{name} does not fit its schema"
                : $"{name} must be {expected}; it is {Shown(reader)}";
    }

    private static string Known(JsonRpcMethodInfo info) => info.Parameters.Count switch
    {
        0 => "the method takes none",
        1 => $"the method takes {info.Parameters[0].Name}",
        _ => "the method takes " + string.Join(", ", info.Parameters.Select(parameter => parameter.Name)),
    };

    private static string Shown(in Utf8JsonReader value) =>
        value.TokenType == JsonTokenType.String && value.ValueSpan.Length <= MostShown
            ? Shown(value.ValueSpan)
            : RpcTypeNames.DescribeValue(value);

    // As sent, in the quotes and with the escapes of JSON.
    private static string Shown(ReadOnlySpan<byte> name) =>
        name.Length <= MostShown ? $"\"{Encoding.UTF8.GetString(name)}\"" : $"\"{Encoding.UTF8.GetString(name[..MostShown])}…\"";
}
