// Owns: the sentences about params that do not fit.

using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TinyHost.JsonRpc;

/// <summary>Each names the parameter, what was expected, and what was sent.</summary>
internal static class RpcSentences
{
    private const int MostShown = 40;

    public static string WrongType(string name, Type expected, in Utf8JsonReader reader) =>
        $"{name} must be {RpcTypeNames.Describe(expected)}; it is {RpcTypeNames.DescribeValue(reader)}";

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

    /// <summary>A value that System.Text.Json could not read as this type: says where inside it.</summary>
    public static string Misfit(string name, Utf8JsonReader value, JsonException failure, JsonTypeInfo type)
    {
        var path = failure.Path is { Length: > 1 } inner && inner[0] == '$' ? name + inner[1..] : name;
        return path == name
            ? $"{name} must be {RpcTypeNames.Describe(type.Type)} that fits its schema; it is {RpcTypeNames.DescribeValue(value)}"
            : $"{path} does not fit its schema";
    }

    private static string Known(JsonRpcMethodInfo info) => info.Parameters.Count switch
    {
        0 => "the method takes none",
        1 => $"the method takes {info.Parameters[0].Name}",
        _ => "the method takes " + string.Join(", ", info.Parameters.Select(parameter => parameter.Name)),
    };

    // As sent, in the quotes and with the escapes of JSON.
    private static string Shown(ReadOnlySpan<byte> name) =>
        name.Length <= MostShown ? $"\"{Encoding.UTF8.GetString(name)}\"" : $"\"{Encoding.UTF8.GetString(name[..MostShown])}…\"";
}
