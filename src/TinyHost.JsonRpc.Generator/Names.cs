// Owns: how symbols are written: in generated code, as keys, and in messages.

using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace TinyHost.JsonRpc.Generator;

/// <summary>The texts of symbols.</summary>
internal static class Names
{
    private static readonly SymbolDisplayFormat s_full = SymbolDisplayFormat.FullyQualifiedFormat
        .AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    /// <summary>The type for generated code, with <c>?</c>.</summary>
    public static string Full(ITypeSymbol type) => type.ToDisplayString(s_full);

    /// <summary>The type for generated code and comparisons, without the <c>?</c> of references.</summary>
    public static string Key(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);

    /// <summary>The type for messages.</summary>
    public static string Short(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat);

    /// <summary>The name as an identifier in C#: with <c>@</c> if it is a keyword.</summary>
    public static string Identifier(string name) =>
        SyntaxFacts.GetKeywordKind(name) != SyntaxKind.None || SyntaxFacts.GetContextualKeywordKind(name) != SyntaxKind.None
            ? "@" + name
            : name;

    /// <summary>The name of a method in JSON-RPC: its first letter in lower case, without <c>Async</c>.</summary>
    public static string Wire(string name)
    {
        var stem = name.Length > 5 && name.EndsWith("Async", System.StringComparison.Ordinal) ? name.Substring(0, name.Length - 5) : name;
        return char.ToLowerInvariant(stem[0]) + stem.Substring(1);
    }

    /// <summary>The text as a literal of C#.</summary>
    public static string Literal(string text) => SymbolDisplay.FormatLiteral(text, quote: true);

    /// <summary>The types that a context's attributes list.</summary>
    public static IEnumerable<string> ListedKeys(ISymbol context) => context.GetAttributes()
        .Where(attribute => attribute.AttributeClass is { Name: "JsonSerializableAttribute" })
        .Select(attribute => attribute.ConstructorArguments.FirstOrDefault().Value)
        .OfType<ITypeSymbol>()
        .Select(Key);

    /// <summary>Whether this is the class whose calls the generator replaces.</summary>
    public static bool IsHandler(ITypeSymbol type) => Key(type) == "global::TinyHost.JsonRpc.JsonRpcHandler";

    /// <summary>The symbol's attribute of the library with this name.</summary>
    public static AttributeData? Attribute(ISymbol symbol, string name) => symbol.GetAttributes().FirstOrDefault(attribute =>
        attribute.AttributeClass is { ContainingNamespace: { Name: "JsonRpc", ContainingNamespace.Name: "TinyHost" } } type
        && type.Name == name);

    /// <summary>The key of <c>[FromKeyedServices]</c> as an expression of C#; null without the attribute.</summary>
    public static string? ServiceKey(ISymbol symbol)
    {
        var attribute = symbol.GetAttributes().FirstOrDefault(one => one.AttributeClass is { } type
            && Key(type) == "global::Microsoft.Extensions.DependencyInjection.FromKeyedServicesAttribute");
        return attribute?.ConstructorArguments.FirstOrDefault() switch
        {
            null => null,
            { Kind: TypedConstantKind.Type, Value: ITypeSymbol type } => $"typeof({Key(type)})",
            { IsNull: false, Type: { } type } key => Defaults.Write(type, key.Value),
            _ => "null",
        };
    }

    /// <summary>The first argument of <c>[JsonRpcName]</c>.</summary>
    public static string? Given(ISymbol symbol) =>
        Attribute(symbol, "JsonRpcNameAttribute")?.ConstructorArguments.FirstOrDefault().Value as string;
}
