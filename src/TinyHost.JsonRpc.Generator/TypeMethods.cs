// Owns: which methods of a class or interface are served, and their names.

using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace TinyHost.JsonRpc.Generator;

/// <summary>Lists the methods of a type.</summary>
internal static class TypeMethods
{
    /// <summary>The public instance methods that the type declares or inherits, without those of object and of disposing.</summary>
    public static List<MethodModel> Of(ITypeSymbol type, MethodReader reader, Location location)
    {
        var models = new List<MethodModel>();
        foreach (var method in Symbols(type))
        {
            var contracts = Contracts(type, method);
            if (Names.Attribute(method, "JsonRpcIgnoreAttribute") is not null
                || contracts.Any(one => Names.Attribute(one, "JsonRpcIgnoreAttribute") is not null))
            {
                continue;
            }

            var name = Names.Given(method) ?? contracts.Select(Names.Given).FirstOrDefault(given => given is not null)
                ?? Names.Wire(contracts.FirstOrDefault()?.Name ?? method.Name);
            var place = method.Locations.FirstOrDefault(one => one.IsInSource) ?? location;
            if (method.IsGenericMethod)
            {
                reader.Report(Rules.Generic, place, $"'{method.Name}'", method.TypeParameters[0].Name);
                continue;
            }

            if (name.StartsWith("rpc.", System.StringComparison.Ordinal))
            {
                reader.Report(Rules.ReservedName, place, name);
            }

            models.Add(reader.Read(method, contracts, name, location));
        }

        return models;
    }

    /// <summary>Reports the names that two methods have.</summary>
    public static void CheckNames(List<MethodModel> methods, MethodReader reader, Location location)
    {
        foreach (var group in methods.GroupBy(method => method.Name).Where(group => group.Count() > 1))
        {
            reader.Report(Rules.NameTwice, location, group.Key);
        }
    }

    /// <summary>True for <c>Dispose()</c> and <c>DisposeAsync()</c>, which no caller may call.</summary>
    public static bool IsDisposal(IMethodSymbol method) => method is { Parameters.Length: 0, Name: "Dispose" or "DisposeAsync" };

    private static IEnumerable<IMethodSymbol> Symbols(ITypeSymbol type)
    {
        var overridden = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        var visible = new List<IMethodSymbol>();
        var levels = type.TypeKind == TypeKind.Interface ? type.AllInterfaces.Prepend(type) : Ancestors(type);
        foreach (var method in levels.SelectMany(level => level.GetMembers()).OfType<IMethodSymbol>())
        {
            if (method is { MethodKind: MethodKind.Ordinary, IsStatic: false, IsImplicitlyDeclared: false }
                && method.DeclaredAccessibility == Accessibility.Public
                && !overridden.Contains(method)
                && !IsInfrastructure(method)
                && !visible.Exists(other => Hides(other, method)))
            {
                visible.Add(method);
                yield return method;
            }

            if (method.OverriddenMethod is { } parent)
            {
                overridden.Add(parent);
            }
        }
    }

    // With new, or without: a call finds the method of the derived type.
    private static bool Hides(IMethodSymbol derived, IMethodSymbol inherited) =>
        derived.Name == inherited.Name
        && derived.Arity == inherited.Arity
        && derived.Parameters.Select(parameter => Names.Key(parameter.Type))
            .SequenceEqual(inherited.Parameters.Select(parameter => Names.Key(parameter.Type)))
        && (derived.ContainingType.TypeKind != TypeKind.Interface
            || derived.ContainingType.AllInterfaces.Contains(inherited.ContainingType, SymbolEqualityComparer.Default));

    private static IEnumerable<ITypeSymbol> Ancestors(ITypeSymbol type)
    {
        for (var level = type; level is not null && level.SpecialType != SpecialType.System_Object; level = level.BaseType)
        {
            yield return level;
        }
    }

    // Overrides of object's methods, and disposing.
    private static bool IsInfrastructure(IMethodSymbol method)
    {
        var root = method;
        while (root.OverriddenMethod is { } parent)
        {
            root = parent;
        }

        return root.ContainingType.SpecialType is SpecialType.System_Object or SpecialType.System_ValueType
            || IsDisposal(method);
    }

    // The interfaces' methods that this one implements, those of clients first: server and client then agree on all names.
    private static List<IMethodSymbol> Contracts(ITypeSymbol type, IMethodSymbol method) =>
        type.TypeKind == TypeKind.Interface
            ? []
            : [.. type.AllInterfaces
                .OrderBy(one => Names.Attribute(one, "JsonRpcClientAttribute") is null)
                .SelectMany(one => one.GetMembers().OfType<IMethodSymbol>())
                .Where(one => SymbolEqualityComparer.Default.Equals(type.FindImplementationForInterfaceMember(one), method))];
}
