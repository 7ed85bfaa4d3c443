// Owns: schemas made of schemas.

using System.Text.Json.Nodes;

namespace TinyHost.JsonRpc;

/// <summary>Puts schemas into larger ones.</summary>
internal static class SchemaParts
{
    public static JsonNode ArrayOf(JsonNode item) => new JsonObject { ["type"] = "array", ["items"] = item };

    public static JsonNode OrNull(JsonNode schema)
    {
        if (schema is JsonObject { Count: 0 })
        {
            return schema;
        }

        if (schema is JsonObject plain && plain["type"] is JsonValue type && plain["enum"] is null)
        {
            plain["type"] = new JsonArray(type.GetValue<string>(), "null");
            return plain;
        }

        return new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) };
    }
}
