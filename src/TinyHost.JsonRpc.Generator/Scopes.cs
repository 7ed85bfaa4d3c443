// Owns: telling whether two calls add to one handler for certain.

using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace TinyHost.JsonRpc.Generator;

/// <summary>Names a handler and the place in which it is used.</summary>
internal static class Scopes
{
    /// <summary>
    /// Equal for two calls that both run and add to one handler: calls in one chain, and calls through one variable in one block, between
    /// its assignments. Two branches of a condition differ, and so do members of two objects, which may be two handlers.
    /// </summary>
    public static string Of(IInvocationOperation call, SemanticModel semantics)
    {
        IOperation root = call;
        while (root is IInvocationOperation { Instance: { } instance } chained && Names.IsHandler(chained.TargetMethod.ContainingType))
        {
            root = instance;
        }

        var symbol = root switch
        {
            ILocalReferenceOperation local => local.Local,
            IParameterReferenceOperation parameter => parameter.Parameter,
            IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation } field => field.Field,
            IObjectCreationOperation => Declared(call.Syntax, semantics),
            _ => (ISymbol?)null,
        };
        var handler = symbol is null
            ? $"{root.Syntax.SpanStart}"
            : $"{symbol.ToDisplayString()}@{symbol.Locations[0].SourceSpan.Start}:{AssignmentsBefore(call.Syntax, symbol.Name)}";
        return $"{call.Syntax.SyntaxTree.FilePath}:{BlockOf(call.Syntax).SpanStart}:{handler}";
    }

    // What runs as a whole: the statements of a block, one branch of an expression, the body of a lambda, or a member.
    private static SyntaxNode BlockOf(SyntaxNode node)
    {
        while (node.Parent is { } parent)
        {
            if (node is GlobalStatementSyntax
                || parent is AnonymousFunctionExpressionSyntax or SwitchExpressionArmSyntax or BaseTypeDeclarationSyntax
                || (parent is ConditionalExpressionSyntax condition && node != condition.Condition)
                || (parent is BinaryExpressionSyntax binary && node == binary.Right))
            {
                return node is GlobalStatementSyntax ? parent : node;
            }

            if (node is StatementSyntax && parent is not GlobalStatementSyntax)
            {
                return parent;
            }

            node = parent;
        }

        return node;
    }

    // var handler = new JsonRpcHandler().Add(…): the variable, if the value is the whole chain.
    private static ISymbol? Declared(SyntaxNode call, SemanticModel semantics)
    {
        var chain = call;
        while (chain.Parent is MemberAccessExpressionSyntax or InvocationExpressionSyntax or ParenthesizedExpressionSyntax)
        {
            chain = chain.Parent;
        }

        return chain.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator }
            ? semantics.GetDeclaredSymbol(declarator)
            : null;
    }

    // A variable that was assigned meanwhile may be another handler.
    private static int AssignmentsBefore(SyntaxNode call, string name) => call.SyntaxTree.GetRoot().DescendantNodes()
        .TakeWhile(node => node.SpanStart < call.SpanStart)
        .Count(node => node switch
        {
            AssignmentExpressionSyntax assignment => Mentions(assignment.Left, name),
            ArgumentSyntax { RefKindKeyword.RawKind: not (int)SyntaxKind.None } argument => Mentions(argument.Expression, name),
            _ => false,
        });

    private static bool Mentions(SyntaxNode expression, string name) =>
        expression.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>().Any(one => one.Identifier.ValueText == name);
}
