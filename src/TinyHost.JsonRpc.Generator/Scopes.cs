// Owns: telling whether two calls add to one handler for certain.

using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace TinyHost.JsonRpc.Generator;

/// <summary>Names a handler and the block in which it is used.</summary>
internal static class Scopes
{
    /// <summary>
    /// Equal for two calls that both run and add to one handler: calls in one chain, and calls through one variable in one block. Two
    /// branches of a condition differ.
    /// </summary>
    public static string Of(IInvocationOperation call, SemanticModel semantics)
    {
        IOperation? root = call;
        while (root is IInvocationOperation { Instance: { } instance })
        {
            root = instance;
        }

        var statement = call.Syntax.FirstAncestorOrSelf<StatementSyntax>() as SyntaxNode ?? call.Syntax.Parent!;
        var block = statement.Parent is GlobalStatementSyntax { Parent: { } unit } ? unit : statement.Parent;
        var symbol = root switch
        {
            ILocalReferenceOperation local => local.Local,
            IFieldReferenceOperation field => field.Field,
            IParameterReferenceOperation parameter => parameter.Parameter,
            IPropertyReferenceOperation property => property.Property,
            _ => Declared(call, semantics),
        };
        var handler = symbol is null ? $"{root?.Syntax.SpanStart}" : $"{symbol.ToDisplayString()}@{symbol.Locations[0].SourceSpan.Start}";
        return $"{call.Syntax.SyntaxTree.FilePath}:{block?.SpanStart}:{handler}";
    }

    // var handler = new JsonRpcHandler().Add(…): the variable.
    private static ISymbol? Declared(IInvocationOperation call, SemanticModel semantics) =>
        call.Syntax.FirstAncestorOrSelf<VariableDeclaratorSyntax>() is { } declarator ? semantics.GetDeclaredSymbol(declarator) : null;
}
