// Owns: reading the calls of a handler that add typed methods.

using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace TinyHost.JsonRpc.Generator;

/// <summary>Recognizes <c>Add(name, delegate)</c> and <c>AddMethods</c> of the handler.</summary>
internal static class CallReader
{
    /// <summary>True for syntax that could be such a call.</summary>
    public static bool IsCandidate(SyntaxNode node, CancellationToken cancellation) =>
        node is InvocationExpressionSyntax call && NameOf(call) switch
        {
            "Add" => call.ArgumentList.Arguments.Count == 2,
            "AddMethods" => call.ArgumentList.Arguments.Count <= 2,
            _ => false,
        };

    /// <summary>The call; null if it calls another method, or does not compile.</summary>
    public static CallModel? Read(GeneratorSyntaxContext context, CancellationToken cancellation)
    {
        var call = (InvocationExpressionSyntax)context.Node;
        if (context.SemanticModel.GetOperation(call, cancellation) is not IInvocationOperation operation
            || !Names.IsHandler(operation.TargetMethod.ContainingType)
            || KindOf(operation.TargetMethod) is not { } kind
            || context.SemanticModel.GetInterceptableLocation(call, cancellation) is not { } place)
        {
            return null;
        }

        var problems = new List<Problem>();
        var reader = new MethodReader(context.SemanticModel.Compilation, problems);
        var model = new CallModel(
            kind, place.GetInterceptsLocationAttributeSyntax(), "", "", default, ConstantName: null, Scope: "", Place: null, default);
        model = kind switch
        {
            CallKind.Raw => ReadName(model, operation, reader, context.SemanticModel),
            CallKind.Delegate => ReadDelegate(ReadName(model, operation, reader, context.SemanticModel), operation, reader),
            _ => ReadType(model, operation, reader),
        };
        return model with
        {
            Methods = problems.Count == 0 && !reader.HasUnknownTypes ? model.Methods : default,
            Problems = new(problems),
        };
    }

    private static string? NameOf(InvocationExpressionSyntax call) => call.Expression switch
    {
        MemberAccessExpressionSyntax member => member.Name.Identifier.ValueText,
        MemberBindingExpressionSyntax member => member.Name.Identifier.ValueText,
        _ => null,
    };

    private static CallKind? KindOf(IMethodSymbol method)
    {
        var parameters = method.OriginalDefinition.Parameters;
        return method.Name switch
        {
            "Add" when parameters.Length == 2 && parameters[0].Type.SpecialType == SpecialType.System_String =>
                Names.Key(parameters[1].Type) == "global::System.Delegate" ? CallKind.Delegate : CallKind.Raw,
            "AddMethods" when parameters.Length == 1 => CallKind.Type,
            "AddMethods" when parameters.Length == 2 => CallKind.Target,
            _ => null,
        };
    }

    private static CallModel ReadName(CallModel model, IInvocationOperation call, MethodReader reader, SemanticModel semantics)
    {
        var name = Argument(call, 0);
        if (name.ConstantValue is not { HasValue: true, Value: string constant })
        {
            return model;
        }

        if (constant.StartsWith("rpc.", System.StringComparison.Ordinal))
        {
            reader.Report(Rules.ReservedName, name.Syntax.GetLocation(), constant);
        }

        return model with
        {
            ConstantName = constant,
            Scope = Scopes.Of(call, semantics),
            Place = Place.Of(name.Syntax.GetLocation()),
        };
    }

    private static CallModel ReadDelegate(CallModel model, IInvocationOperation call, MethodReader reader)
    {
        var value = Argument(call, 1);
        while (value is IConversionOperation conversion)
        {
            value = conversion.Operand;
        }

        var creation = value as IDelegateCreationOperation;
        var method = creation?.Target switch
        {
            IAnonymousFunctionOperation lambda => lambda.Symbol,
            IMethodReferenceOperation reference => reference.Method,
            _ => null,
        };
        if (method is null || creation!.Type is not INamedTypeSymbol { DelegateInvokeMethod: { } invoke } type)
        {
            reader.Report(Rules.NotKnown, value.Syntax.GetLocation(), model.ConstantName ?? Argument(call, 0).Syntax.ToString());
            return model;
        }

        var bound = method.Parameters.Length - invoke.Parameters.Length;
        var read = reader.Read(method, [], name: "", value.Syntax.GetLocation(), bound);
        var isNamed = type is { IsImplicitlyDeclared: false, CanBeReferencedByName: true };
        if (isNamed && !reader.HasProblems)
        {
            reader.IsAccessible(type, value.Syntax.GetLocation());
        }

        return model with
        {
            TargetType = isNamed ? Names.Full(type) : "",
            Signature = isNamed ? "" : Signature(read),
            Methods = new([read]),
        };
    }

    // A lambda of the same signature has the same type, which has no name.
    private static string Signature(MethodModel method) =>
        $"{method.ReturnType} ({string.Join(", ", method.Parameters.Select((parameter, index) =>
            (parameter.IsParams ? "params " : "") + $"{parameter.Type} p{index}"
            + (parameter.HasDefault ? $" = {parameter.Default}" : "")))}) => throw null!";

    private static CallModel ReadType(CallModel model, IInvocationOperation call, MethodReader reader)
    {
        var location = call.Syntax.GetLocation();
        var type = call.TargetMethod.TypeArguments[0];
        if (!reader.IsClosed(type, location, "This call") || !reader.IsAccessible(type, location))
        {
            return model;
        }

        var methods = TypeMethods.Of(type, reader, location);
        if (methods.Count == 0 && !reader.HasProblems)
        {
            reader.Report(Rules.NoMethods, location, Names.Short(type));
        }

        TypeMethods.CheckNames(methods, reader, location);
        return model with { TargetType = Names.Full(type), Methods = new(methods) };
    }

    private static IOperation Argument(IInvocationOperation call, int ordinal) =>
        call.Arguments.First(argument => argument.Parameter?.Ordinal == ordinal).Value;
}
