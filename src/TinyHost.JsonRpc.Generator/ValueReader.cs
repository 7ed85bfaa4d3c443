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

    private static readonly HashSet<string> s_runtimeTypes =
    [
        "global::System.Collections.Generic.IAsyncEnumerable<T>", "global::System.IO.Stream", "global::System.Type", "nint", "nuint",
        "global::System.Threading.CancellationToken", "global::System.Threading.Tasks.Task",
        "global::System.Threading.Tasks.ValueTask", "global::System.Threading.Tasks.ValueTask<TResult>",
    ];

    /// <summary>
    /// True if JSON has no form for values of the type: pointers, references to the stack, types of the runtime and those derived from
    /// them, arrays of several dimensions, and lists of all these.
    /// </summary>
    public static bool IsBeyondJson(ITypeSymbol type) => WithoutNull(type) switch
    {
        IPointerTypeSymbol or IFunctionPointerTypeSymbol => true,
        { IsRefLikeType: true } or { TypeKind: TypeKind.Delegate or TypeKind.Dynamic } => true,
        IArrayTypeSymbol array => array.Rank > 1 || IsBeyondJson(array.ElementType),
        INamedTypeSymbol { TypeArguments.Length: 1 } list when s_lists.Contains(Names.Key(list.OriginalDefinition)) =>
            IsBeyondJson(list.TypeArguments[0]),
        var one => Lineage(one).Any(ancestor => s_runtimeTypes.Contains(Names.Key(ancestor.OriginalDefinition))),
    };

    /// <summary>The type of the value that may be null; the type itself if it is no <see cref="System.Nullable{T}"/>.</summary>
    public static ITypeSymbol WithoutNull(ITypeSymbol type) =>
        type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable
            ? nullable.TypeArguments[0]
            : type;

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
        && Lineage(type).SelectMany(one => one.GetMembers()).OfType<IPropertySymbol>().Any(property =>
            property is { IsStatic: false, SetMethod.DeclaredAccessibility: Accessibility.Public });

    private static IEnumerable<ITypeSymbol> Lineage(ITypeSymbol type)
    {
        for (var one = type; one is not null; one = one.BaseType)
        {
            yield return one;
        }
    }

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
