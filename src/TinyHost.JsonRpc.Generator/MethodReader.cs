// Owns: reading the declaration of a method: parameters, result, docs, and what prevents its binding.

using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace TinyHost.JsonRpc.Generator;

/// <summary>Reads methods. A method that cannot be bound adds a problem to the list.</summary>
internal sealed class MethodReader(Compilation compilation, List<Problem> problems)
{
    private const int MaxParameters = 64;

    private readonly ValueReader _values = new(compilation);

    /// <summary>True once a type was met that does not exist: the compiler reports it.</summary>
    public bool HasUnknownTypes { get; private set; }

    /// <summary>True once something was reported.</summary>
    public bool HasProblems => problems.Count > 0;

    /// <param name="method">The method that is called.</param>
    /// <param name="contracts">The method and those it implements; the first names parameters and defaults, all may have docs.</param>
    /// <param name="name">The name in JSON-RPC.</param>
    /// <param name="fallback">Where problems are reported if the method is not in this program's source.</param>
    /// <param name="bound">The number of parameters that have their arguments: one for an extension method of an object.</param>
    public MethodModel Read(IMethodSymbol method, IReadOnlyList<IMethodSymbol> contracts, string name, Location fallback, int bound = 0)
    {
        var docs = Documentation.Of(contracts.Concat([method]));
        var contract = contracts.Count > 0 ? contracts[0] : method;
        var location = method.MethodKind == MethodKind.AnonymousFunction ? fallback : SourceOf(method) ?? fallback;
        var called = method.MethodKind == MethodKind.AnonymousFunction ? "the lambda" : $"'{method.Name}'";
        if (method.IsAsync && method.ReturnsVoid)
        {
            Report(Rules.AsyncVoid, location, called);
        }

        var parameters = method.Parameters
            .Select((parameter, index) => ReadParameter(parameter, contract.Parameters[index], docs, SourceOf(parameter) ?? location))
            .Skip(bound)
            .ToList();
        var values = parameters.Count(parameter => parameter.Kind == ParameterKind.Value);
        if (values > MaxParameters)
        {
            Report(Rules.TooManyParameters, location, called, $"{values}");
        }

        var (kind, result) = ReadResult(method, location, called);
        return new(
            name,
            Names.Identifier(method.Name),
            new(parameters),
            kind,
            Names.Full(method.ReturnType),
            result,
            docs.Summary,
            docs.Remarks,
            method.GetAttributes().Any(attribute => attribute.AttributeClass is { Name: "ObsoleteAttribute" }),
            result?.AsksContexts == true ? Place.Of(location) : null);
    }

    /// <summary>True if generated code can name the type. Otherwise reports it.</summary>
    public bool IsAccessible(ITypeSymbol type, Location location)
    {
        var hidden = Hidden(type);
        if (hidden is not null)
        {
            Report(Rules.NotAccessible, location, Names.Short(hidden));
        }

        return hidden is null;
    }

    /// <summary>True if the type has no type parameter in it. Otherwise reports it.</summary>
    public bool IsClosed(ITypeSymbol type, Location location, string what)
    {
        var open = TypeParameter(type);
        if (open is not null)
        {
            Report(Rules.Generic, location, what, open.Name);
        }

        return open is null;
    }

    public void Report(DiagnosticDescriptor rule, Location location, params string[] arguments) =>
        problems.Add(Problem.Of(rule, Place.Of(location), arguments));

    private static Location? SourceOf(ISymbol symbol) => symbol.Locations.FirstOrDefault(location => location.IsInSource);

    private static ITypeSymbol? TypeParameter(ITypeSymbol type) => type switch
    {
        ITypeParameterSymbol => type,
        IArrayTypeSymbol array => TypeParameter(array.ElementType),
        INamedTypeSymbol named => named.TypeArguments.Select(TypeParameter).FirstOrDefault(found => found is not null)
            ?? (named.ContainingType is null ? null : TypeParameter(named.ContainingType)),
        _ => null,
    };

    private static string? RefKeyword(IParameterSymbol parameter) => parameter.RefKind switch
    {
        RefKind.None => null,
        RefKind.Ref => "ref",
        RefKind.Out => "out",
        RefKind.In => "in",
        _ => "ref readonly",
    };

    private ParameterModel ReadParameter(IParameterSymbol parameter, IParameterSymbol contract, Documentation docs, Location location)
    {
        var kind = ParameterKind.Value;
        ValueModel? value = null;
        var key = Names.ServiceKey(parameter) ?? Names.ServiceKey(contract);
        var items = parameter.IsParams && parameter.Type is IArrayTypeSymbol array ? array.ElementType : null;
        var takesRest = items is not null && items.SpecialType != SpecialType.System_Byte;
        if (RefKeyword(parameter) is { } keyword)
        {
            Report(Rules.ByReference, location, parameter.Name, keyword);
        }
        else if (IsUsable(parameter.Type, location, $"Parameter '{parameter.Name}'"))
        {
            kind = key is null ? KindOf(parameter, contract) : ParameterKind.Service;
            value = kind == ParameterKind.Value ? ReadValue(parameter, takesRest, location) : null;
        }

        var optional = contract.HasExplicitDefaultValue
            ? Defaults.Write(contract.Type, contract.ExplicitDefaultValue)
            : items is not null ? "[]" : IsNullable(parameter.Type) ? "null" : null;
        return new(
            Names.Given(contract) ?? contract.Name,
            Names.Identifier(parameter.Name),
            Names.Full(parameter.Type),
            kind,
            value,
            key,
            optional,
            contract.HasExplicitDefaultValue,
            parameter.IsParams,
            takesRest,
            docs.Parameter(contract.Name),
            value?.AsksContexts == true ? Place.Of(location) : null);
    }

    private ValueModel? ReadValue(IParameterSymbol parameter, bool takesRest, Location location)
    {
        if (!ValueReader.IsBeyondJson(parameter.Type))
        {
            // The items of params int[]? are read one by one, so there always is an array.
            return _values.Read(takesRest ? parameter.Type.WithNullableAnnotation(NullableAnnotation.NotAnnotated) : parameter.Type);
        }

        Report(Rules.NoJsonType, location, $"Parameter '{parameter.Name}'", Names.Short(parameter.Type));
        return null;
    }

    private (ReturnKind Kind, ValueModel? Result) ReadResult(IMethodSymbol method, Location location, string called)
    {
        var kind = Names.Key(method.ReturnType.OriginalDefinition) switch
        {
            "global::System.Threading.Tasks.Task" or "global::System.Threading.Tasks.Task<TResult>" => ReturnKind.Task,
            "global::System.Threading.Tasks.ValueTask" or "global::System.Threading.Tasks.ValueTask<TResult>" => ReturnKind.ValueTask,
            _ => ReturnKind.Plain,
        };
        var type = kind == ReturnKind.Plain ? method.ReturnType : ((INamedTypeSymbol)method.ReturnType).TypeArguments.FirstOrDefault();
        if (type is null || type.SpecialType == SpecialType.System_Void || !IsUsable(type, location, $"The result of {called}"))
        {
            return (kind, null);
        }

        if (!method.ReturnsByRef && !method.ReturnsByRefReadonly && !ValueReader.IsBeyondJson(type))
        {
            return (kind, _values.Read(type) with { MayBeService = false });
        }

        Report(Rules.NoJsonType, location, $"The result of {called}", Names.Short(type));
        return (kind, null);
    }

    private bool IsUsable(ITypeSymbol type, Location location, string what)
    {
        HasUnknownTypes |= type.TypeKind == TypeKind.Error;
        return IsClosed(type, location, what) && IsAccessible(type, location);
    }

    private static ParameterKind KindOf(IParameterSymbol parameter, IParameterSymbol contract) => Names.Key(
        ValueReader.WithoutNull(parameter.Type)) switch
    {
        "global::System.Threading.CancellationToken" => ParameterKind.Cancellation,
        "global::TinyHost.JsonRpc.JsonRpcCall" => ParameterKind.Call,
        "global::TinyHost.RequestContext" => ParameterKind.Context,
        "global::System.Security.Claims.ClaimsPrincipal" => ParameterKind.User,
        "global::System.IServiceProvider" => ParameterKind.Services,
        _ => Names.Attribute(parameter, "JsonRpcServiceAttribute") is null && Names.Attribute(contract, "JsonRpcServiceAttribute") is null
            ? ParameterKind.Value
            : ParameterKind.Service,
    };

    private static bool IsNullable(ITypeSymbol type) =>
        (type.IsReferenceType && type.NullableAnnotation == NullableAnnotation.Annotated)
        || type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T;

    private ITypeSymbol? Hidden(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => Hidden(array.ElementType),
        INamedTypeSymbol { TypeKind: not TypeKind.Error } named =>
            named.IsFileLocal || named.IsAnonymousType
                || !compilation.IsSymbolAccessibleWithin(named.OriginalDefinition, compilation.Assembly)
                ? named
                : named.TypeArguments.Concat(named.ContainingType is null ? [] : ImmutableArray.Create<ITypeSymbol>(named.ContainingType))
                    .Select(Hidden).FirstOrDefault(found => found is not null),
        _ => null,
    };
}
