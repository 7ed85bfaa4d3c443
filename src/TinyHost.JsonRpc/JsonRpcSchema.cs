// Owns: the schema of a parameter or a result.

using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace TinyHost.JsonRpc;

/// <summary>
/// The JSON Schema of a parameter or a result, for <c>rpc.discover</c> and for the sentences about params that do not fit: a text, or a
/// type whose schema is made when it is first needed.
/// </summary>
public sealed class JsonRpcSchema
{
    private static readonly JsonSchemaExporterOptions s_export = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = static (context, exported) => Declared(context.TypeInfo.Type)?._text?.DeepClone() ?? exported,
    };

    private readonly JsonNode? _text;
    private readonly JsonTypeInfo? _type;
    private readonly JsonRpcSchema? _inner;
    private readonly Func<JsonNode, JsonNode>? _wrap;

    private JsonRpcSchema(JsonNode? text, JsonTypeInfo? type) => (_text, _type) = (text, type);

    private JsonRpcSchema(JsonRpcSchema inner, Func<JsonNode, JsonNode> wrap) => (_inner, _wrap) = (inner, wrap);

    /// <summary>The type whose schema this is; null for a text.</summary>
    internal Type? Type => _type?.Type;

    /// <summary>The schema of the items, for one of arrays or of arrays and null; otherwise null.</summary>
    internal JsonRpcSchema? Item => _wrap == SchemaParts.ArrayOf ? _inner : _wrap is not null ? _inner!.Item : null;

    /// <summary>
    /// A schema as text, such as <c>{"type":"integer","format":"int64"}</c>. Throws <see cref="ArgumentException"/> for a text that is
    /// neither an object of JSON nor <c>true</c> or <c>false</c>.
    /// </summary>
    public static JsonRpcSchema FromText(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            var node = JsonNode.Parse(json);
            if (node?.GetValueKind() is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False)
            {
                return new JsonRpcSchema(node, null);
            }
        }
        catch (JsonException)
        {
            // Refused below.
        }

        throw new ArgumentException($"Not a JSON Schema: '{json}'. It must be an object such as {{\"type\":\"string\"}}.", nameof(json));
    }

    /// <summary>
    /// The schema of a type as System.Text.Json reads and writes it, with the names, converters and numbers of its options.
    /// </summary>
    public static JsonRpcSchema FromType(JsonTypeInfo type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return new JsonRpcSchema(null, type);
    }

    /// <summary>The schema of arrays of such values.</summary>
    internal static JsonRpcSchema ArrayOf(JsonRpcSchema item) => new(item, SchemaParts.ArrayOf);

    /// <summary>The schema of such values and null.</summary>
    internal static JsonRpcSchema OrNull(JsonRpcSchema inner) => new(inner, SchemaParts.OrNull);

    /// <summary>A new copy of the schema. <paramref name="place"/> makes those within it that have types of their own.</summary>
    internal JsonNode ToNode(Func<JsonRpcSchema, JsonNode> place) =>
        _wrap is not null ? _wrap(place(_inner!)) : _text?.DeepClone() ?? _type!.GetJsonSchemaAsNode(s_export);

    /// <summary>What a value must be: completes "b must be …".</summary>
    internal string Describe() =>
        _type is not null ? Declared(_type.Type)?.Describe() ?? RpcTypeNames.Describe(_type.Type)
        : _wrap == SchemaParts.ArrayOf ? "an array"
        : _wrap is not null ? $"{_inner!.Describe()} or null"
        : RpcTypeNames.Describe(_text!);

    // The schema that the type itself declares; null if it does not.
    private static JsonRpcSchema? Declared(Type type) =>
        type.GetCustomAttribute<JsonRpcSchemaAttribute>() is { } declared ? FromText(declared.Json) : null;
}
