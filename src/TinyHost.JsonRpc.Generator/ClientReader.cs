// Owns: reading an interface that becomes a client.

using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace TinyHost.JsonRpc.Generator;

/// <summary>Reads interfaces marked <c>[JsonRpcClient]</c>.</summary>
internal static class ClientReader
{
    public static ClientModel Read(GeneratorAttributeSyntaxContext found)
    {
        var type = (INamedTypeSymbol)found.TargetSymbol;
        var location = type.Locations[0];
        var problems = new List<Problem>();
        var reader = new MethodReader(found.SemanticModel.Compilation, problems);
        List<MethodModel> methods = [];
        if (type.IsGenericType)
        {
            reader.Report(Rules.NoClient, location, type.Name, "the interface is generic");
        }
        else if (reader.IsAccessible(type, location))
        {
            CheckMembers(type, reader);
            methods = TypeMethods.Of(type, reader, location);
        }

        TypeMethods.CheckNames(methods, reader, location);
        foreach (var method in methods)
        {
            CheckMethod(type, method, reader);
        }

        var byPosition = found.Attributes[0].NamedArguments.Any(argument => argument is { Key: "ByPosition", Value.Value: true });
        return new(
            type.ContainingNamespace.IsGlobalNamespace ? "" : type.ContainingNamespace.ToDisplayString(),
            type.DeclaredAccessibility == Accessibility.Public && type.ContainingType is null ? "public" : "internal",
            ClassName(type.Name),
            Names.Full(type),
            byPosition,
            reader.HasUnknownTypes ? default : new(methods),
            new([.. type.AllInterfaces.Select(Names.Key).Where(IsDisposal)]),
            Place.Of(location),
            new(problems));
    }

    // IShop becomes ShopClient.
    private static string ClassName(string name) =>
        (name.Length > 1 && name[0] == 'I' && char.IsUpper(name[1]) ? name.Substring(1) : name) + "Client";

    private static bool IsDisposal(string type) => type is "global::System.IDisposable" or "global::System.IAsyncDisposable";

    private static void CheckMembers(INamedTypeSymbol type, MethodReader reader)
    {
        foreach (var member in type.AllInterfaces.Concat([type]).SelectMany(one => one.GetMembers()).Where(member => member.IsAbstract))
        {
            var place = member.Locations.FirstOrDefault(one => one.IsInSource) ?? type.Locations[0];
            if (member is IPropertySymbol or IEventSymbol)
            {
                reader.Report(Rules.NoClient, place, member.Name, "only methods become calls");
            }
            else if (member is IMethodSymbol { MethodKind: MethodKind.Ordinary } method)
            {
                if (method.IsStatic)
                {
                    reader.Report(Rules.NoClient, place, member.Name, "it is static");
                }
                else if (TypeMethods.IsDisposal(method) && !IsDisposal(Names.Key(method.ContainingType)))
                {
                    reader.Report(
                        Rules.NoClient, place, member.Name, "it is no call; derive the interface from IDisposable instead");
                }
                else if (Names.Attribute(method, "JsonRpcIgnoreAttribute") is not null)
                {
                    reader.Report(Rules.NoClient, place, member.Name, "[JsonRpcIgnore] leaves it out, but a class must implement it");
                }
            }
        }
    }

    private static void CheckMethod(INamedTypeSymbol type, MethodModel method, MethodReader reader)
    {
        var symbol = type.AllInterfaces.Concat([type]).SelectMany(one => one.GetMembers(method.Identifier.TrimStart('@'))).First();
        var place = symbol.Locations.FirstOrDefault(one => one.IsInSource) ?? type.Locations[0];
        if (method.Return == ReturnKind.Plain)
        {
            reader.Report(Rules.NoClient, place, symbol.Name, "it must return Task or ValueTask, because a call waits for the network");
        }

        if (method.Parameters.FirstOrDefault(one => one.Kind is not (ParameterKind.Value or ParameterKind.Cancellation)) is { } other)
        {
            reader.Report(Rules.NoClient, place, symbol.Name, $"only a server can supply its parameter '{other.Identifier}'");
        }
    }
}
