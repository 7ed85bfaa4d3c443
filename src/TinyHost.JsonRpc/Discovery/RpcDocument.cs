// Owns: the description of the methods: the parts of an OpenRPC document.
// Source: OpenRPC 1.4, "OpenRPC Specification".

using System.Text.Json;
using System.Text.Json.Nodes;

namespace TinyHost.JsonRpc;

/// <summary>Made once, when it is first asked for. The methods stay apart, because users may see different ones.</summary>
internal sealed class RpcDocument
{
    private const string Version = "1.4.1";

    private readonly List<(string Name, byte[] Json)> _methods = [];
    private readonly byte[] _components;
    private readonly string _title;
    private readonly string _version;

    /// <param name="methods">The methods to describe, in order.</param>
    /// <param name="title">The title of the application.</param>
    /// <param name="version">Its version.</param>
    public RpcDocument(IEnumerable<JsonRpcMethodInfo> methods, string title, string version)
    {
        (_title, _version) = (title, version);
        var schemas = new RpcSchemas();
        foreach (var method in methods)
        {
            _methods.Add((method.Name, Bytes(Describe(method, schemas))));
        }

        _components = Bytes(new JsonObject { ["schemas"] = schemas.Components });
    }

    /// <summary>Writes the document with the methods that <paramref name="isVisible"/> accepts.</summary>
    public void WriteTo(Utf8JsonWriter writer, Predicate<string> isVisible)
    {
        writer.WriteStartObject();
        writer.WriteString("openrpc"u8, Version);
        writer.WriteStartObject("info"u8);
        writer.WriteString("title"u8, _title);
        writer.WriteString("version"u8, _version);
        writer.WriteEndObject();
        writer.WriteStartArray("methods"u8);
        foreach (var (name, json) in _methods)
        {
            if (isVisible(name))
            {
                writer.WriteRawValue(json, skipInputValidation: true);
            }
        }

        writer.WriteEndArray();
        writer.WritePropertyName("components"u8);
        writer.WriteRawValue(_components, skipInputValidation: true);
        writer.WriteEndObject();
    }

    private static byte[] Bytes(JsonNode node) => JsonSerializer.SerializeToUtf8Bytes(node, RpcJson.Default.JsonNode);

    private static JsonObject Describe(JsonRpcMethodInfo method, RpcSchemas schemas)
    {
        var described = new JsonObject { ["name"] = method.Name };
        AddText(described, "summary", method.Summary);
        AddText(described, "description", method.IsDeclared ? method.Description : "The parameters and the result are not declared.");
        var parameters = new JsonArray();
        foreach (var parameter in method.Parameters)
        {
            var descriptor = new JsonObject { ["name"] = parameter.Name };
            AddText(descriptor, "description", parameter.Description);
            descriptor["required"] = parameter.IsRequired;
            descriptor["schema"] = schemas.Place(parameter.Schema);
            parameters.Add((JsonNode)descriptor);
        }

        if (method.Parameters.Count > 0)
        {
            described["paramStructure"] = "either";
        }

        described["params"] = parameters;
        described["result"] = new JsonObject
        {
            ["name"] = "result",
            ["schema"] = method.Result is not null ? schemas.Place(method.Result)
                : method.IsDeclared ? new JsonObject { ["type"] = "null" }
                : JsonValue.Create(true),
        };
        if (method.IsDeprecated)
        {
            described["deprecated"] = true;
        }

        return described;
    }

    private static void AddText(JsonObject to, string name, string? text)
    {
        if (text is not null)
        {
            to[name] = text;
        }
    }
}
