// Owns: the schemas that a description refers to by name.

using System.Text;
using System.Text.Json.Nodes;

namespace TinyHost.JsonRpc;

/// <summary>
/// Schemas of types that are objects, or that refer to themselves, are written once, under a name. The exporter's references begin at the
/// type, so they are moved along with it.
/// </summary>
internal sealed class RpcSchemas
{
    private const string Root = "#/components/schemas/";

    private readonly Dictionary<Type, string> _names = [];

    /// <summary>The schemas with names.</summary>
    public JsonObject Components { get; } = [];

    /// <summary>The schema, or a reference to it.</summary>
    public JsonNode Place(JsonRpcSchema schema)
    {
        if (schema.Type is not { } type)
        {
            return schema.ToNode(Place);
        }

        if (!_names.TryGetValue(type, out var name))
        {
            var node = schema.ToNode(Place);
            if ((node as JsonObject)?.ContainsKey("properties") != true && !Rebase(node, "#"))
            {
                return node;
            }

            _names[type] = name = FreeName(type);
            Rebase(node, Root + name);
            Components[name] = node;
        }

        return new JsonObject { ["$ref"] = Root + name };
    }

    // Returns whether there was a reference.
    private static bool Rebase(JsonNode? node, string root)
    {
        var found = false;
        if (node is JsonObject members)
        {
            foreach (var (name, value) in members.ToArray())
            {
                if (name == "$ref" && value is JsonValue text && text.TryGetValue<string>(out var reference) && reference.StartsWith('#'))
                {
                    members[name] = root + reference[1..];
                    found = true;
                }
                else
                {
                    found |= Rebase(value, root);
                }
            }
        }
        else if (node is JsonArray items)
        {
            foreach (var item in items)
            {
                found |= Rebase(item, root);
            }
        }

        return found;
    }

    private static string NameOf(Type type)
    {
        var name = new StringBuilder(type.Name.Split('`')[0]);
        foreach (var argument in type.GenericTypeArguments)
        {
            name.Append(NameOf(argument));
        }

        return name.Replace("[]", "Array").ToString();
    }

    // Types of one name in different namespaces get numbers.
    private string FreeName(Type type)
    {
        var name = NameOf(type);
        var free = name;
        for (var number = 2; Components.ContainsKey(free); number++)
        {
            free = $"{name}{number}";
        }

        return free;
    }
}
