// Owns: finding serializer contexts in referenced assemblies: a library of contracts often brings its own.

using System.Linq;
using Microsoft.CodeAnalysis;

namespace TinyHost.JsonRpc.Generator;

/// <summary>Searches an assembly for a public context that lists a type.</summary>
internal static class ForeignContexts
{
    public const string Attribute = "System.Text.Json.Serialization.JsonSerializableAttribute";

    public static string? Find(INamespaceSymbol space, string key)
    {
        foreach (var type in space.GetTypeMembers())
        {
            if (type.DeclaredAccessibility == Accessibility.Public && IsContext(type) && Names.ListedKeys(type).Contains(key))
            {
                return Names.Key(type);
            }
        }

        return space.GetNamespaceMembers().Select(inner => Find(inner, key)).FirstOrDefault(found => found is not null);
    }

    private static bool IsContext(INamedTypeSymbol type) =>
        type.BaseType is { Name: "JsonSerializerContext" } parent
        && Names.Key(parent) == "global::System.Text.Json.Serialization.JsonSerializerContext";
}
