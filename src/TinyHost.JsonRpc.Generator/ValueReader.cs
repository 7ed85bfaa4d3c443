// Owns: how each type is read from JSON and written as JSON, and which types can be neither.

using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace TinyHost.JsonRpc.Generator;

/// <summary>Chooses the codec of a type.</summary>
internal sealed class ValueReader(Compilation compilation)
{
    private const string Library = "global::TinyHost.JsonRpc.";

    private static readonly HashSet<SpecialType> s_integers =
    [
        SpecialType.System_SByte, SpecialType.System_Byte, SpecialType.System_Int16, SpecialType.System_UInt16, SpecialType.System_Int32,
        SpecialType.System_UInt32, SpecialType.System_Int64, SpecialType.System_UInt64,
    ];

    private static readonly HashSet<string> s_systemTypes =
    [
        "global::System.Guid", "global::System.DateTimeOffset", "global::System.DateOnly", "global::System.TimeOnly",
        "global::System.TimeSpan", "global::System.Uri", "global::System.Version", "global::System.Int128", "global::System.UInt128",
    ];

    private static readonly HashSet<string> s_lists =
    [
        "global::System.Collections.Generic.List<T>", "global::System.Collections.Generic.IList<T>",
        "global::System.Collections.Generic.IReadOnlyList<T>", "global::System.Collections.Generic.ICollection<T>",
        "global::System.Collections.Generic.IReadOnlyCollection<T>", "global::System.Collections.Generic.IEnumerable<T>",
    ];

    /// <summary>True if JSON has no form for values of the type: pointers, references to the stack, and types of the runtime.</summary>
    public static bool IsBeyondJson(ITypeSymbol type) =>
        type is IPointerTypeSymbol or IFunctionPointerTypeSymbol
        || type.IsRefLikeType
        || type.TypeKind is TypeKind.Delegate or TypeKind.Dynamic
        || (type is IArrayTypeSymbol array && IsBeyondJson(array.ElementType))
        || Names.Key(type.OriginalDefinition) is "global::System.Collections.Generic.IAsyncEnumerable<T>" or "global::System.IO.Stream"
            or "global::System.Type" or "nint" or "nuint";

    public ValueModel Read(ITypeSymbol type)
    {
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
        {
            var inner = Read(nullable.TypeArguments[0]);
            return Wrap(type, inner, $"{Library}NullableValue<{inner.Type}, {{0}}>");
        }

        if (type is { IsReferenceType: true, NullableAnnotation: NullableAnnotation.Annotated })
        {
            var inner = Read(type.WithNullableAnnotation(NullableAnnotation.NotAnnotated));
            return Wrap(type, inner, $"{Library}NullableReferenceValue<{inner.Type}, {{0}}>");
        }

        return Codec(type) is { } codec ? Simple(type, codec) : Listed(type);
    }

    private static string? Codec(ITypeSymbol type)
    {
        var name = Names.Key(type);
        return type.SpecialType switch
        {
            SpecialType.System_Boolean => Library + "BooleanValue",
            SpecialType.System_String => Library + "StringValue",
            SpecialType.System_Single => Library + "FloatValue<float>",
            SpecialType.System_Double => Library + "FloatValue<double>",
            SpecialType.System_Decimal => Library + "DecimalValue",
            SpecialType.System_Char or SpecialType.System_DateTime => $"{Library}SystemValue<{name}>",
            _ when s_integers.Contains(type.SpecialType) => $"{Library}IntegerValue<{name}>",
            _ when s_systemTypes.Contains(name) || name == "byte[]" => $"{Library}SystemValue<{name}>",
            _ when name == "global::System.Text.Json.JsonElement" => Library + "ElementValue",
            _ => null,
        };
    }

    private static ValueModel Simple(ITypeSymbol type, string codec) => new(Names.Full(type), Names.Key(type), Names.Short(type), codec);

    private static ValueModel Wrap(ITypeSymbol type, ValueModel inner, string codec) =>
        new(Names.Full(type), inner.Key, Names.Short(type), codec, inner, MayBeService: inner.MayBeService);

    /// <summary>True for a class or interface that no caller sends: see docs/json-rpc.md.</summary>
    private static bool MayBeService(ITypeSymbol type)
    {
        if (type.TypeKind == TypeKind.Interface)
        {
            return !type.AllInterfaces.Any(one => one.SpecialType == SpecialType.System_Collections_IEnumerable);
        }

        return type is INamedTypeSymbol { TypeKind: TypeKind.Class, IsRecord: false, SpecialType: SpecialType.None } named
            && !named.AllInterfaces.Any(one => one.SpecialType == SpecialType.System_Collections_IEnumerable)
            && !Names.Key(named).StartsWith("global::System.Text.Json.", System.StringComparison.Ordinal)
            && !LooksLikeData(named);
    }

    private static bool LooksLikeData(INamedTypeSymbol type) =>
        type.InstanceConstructors.Any(one => one is { Parameters.Length: 0, DeclaredAccessibility: Accessibility.Public })
        && type.GetMembers().OfType<IPropertySymbol>().Any(property =>
            property is { IsStatic: false, SetMethod.DeclaredAccessibility: Accessibility.Public });

    private ValueModel Listed(ITypeSymbol type)
    {
        if (type is IArrayTypeSymbol { Rank: 1 } array)
        {
            var item = Read(array.ElementType);
            return List(type, item, $"{Library}ArrayValue<{item.Type}, {{0}}>");
        }

        if (type is INamedTypeSymbol { TypeArguments.Length: 1 } list && s_lists.Contains(Names.Key(list.OriginalDefinition)))
        {
            var item = Read(list.TypeArguments[0]);
            return List(type, item, $"{Library}ListValue<{Names.Full(type)}, {item.Type}, {{0}}>");
        }

        if (type.TypeKind == TypeKind.Enum)
        {
            return Simple(type, $"{Library}EnumValue<{Names.Key(type)}>") with
            {
                PrefersContext = true,
                ForeignContext = ForeignContext(type),
            };
        }

        return new(
            Names.Full(type),
            Names.Key(type),
            Names.Short(type),
            ForeignContext: ForeignContext(type),
            MayBeService: MayBeService(type));
    }

    private ValueModel List(ITypeSymbol type, ValueModel item, string codec) => new(
        Names.Full(type),
        Names.Key(type),
        Names.Short(type),
        codec,
        item,
        PrefersContext: item.Codec is null || item.PrefersContext,
        ForeignContext: ForeignContext(type));

    /// <summary>A context that lists the type, in the referenced assembly that declares the type or the type of its elements.</summary>
    private string? ForeignContext(ITypeSymbol type)
    {
        var named = type;
        while (named is IArrayTypeSymbol array)
        {
            named = array.ElementType;
        }

        if (named is INamedTypeSymbol { TypeArguments.Length: 1 } list && s_lists.Contains(Names.Key(list.OriginalDefinition)))
        {
            named = list.TypeArguments[0];
        }

        var assembly = named.ContainingAssembly;
        if (assembly is null || SymbolEqualityComparer.Default.Equals(assembly, compilation.Assembly)
            || !assembly.Modules.Any(module => module.ReferencedAssemblies.Any(one => one.Name == "System.Text.Json")))
        {
            return null;
        }

        return ForeignContexts.Find(assembly.GlobalNamespace, Names.Key(type));
    }
}
