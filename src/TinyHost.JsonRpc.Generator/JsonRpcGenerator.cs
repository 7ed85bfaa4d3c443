// Owns: the generator: what it looks at, and which steps depend on which.

using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace TinyHost.JsonRpc.Generator;

/// <summary>
/// Replaces each call of <c>JsonRpcHandler</c> that adds typed methods with code that reads their params and writes their results, and
/// implements the interfaces marked <c>[JsonRpcClient]</c>. docs/json-rpc.md describes both.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class JsonRpcGenerator : IIncrementalGenerator
{
    /// <summary>The steps' names, for tests of what an edit repeats.</summary>
    internal static readonly IReadOnlyList<string> Steps = ["Calls", "Clients", "Contexts"];

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var contexts = context.SyntaxProvider
            .ForAttributeWithMetadataName(
                ForeignContexts.Attribute,
                static (_, _) => true,
                static (found, _) => ContextModel.Of((ITypeSymbol)found.TargetSymbol))
            .WithTrackingName("Contexts")
            .Collect();
        var calls = context.SyntaxProvider
            .CreateSyntaxProvider(CallReader.IsCandidate, CallReader.Read)
            .Where(static call => call is not null)
            .Select(static (call, _) => call!)
            .WithTrackingName("Calls")
            .Collect();
        var clients = context.SyntaxProvider
            .ForAttributeWithMetadataName(
                "TinyHost.JsonRpc.JsonRpcClientAttribute",
                static (_, _) => true,
                static (found, _) => ClientReader.Read(found))
            .WithTrackingName("Clients");
        // The classes that several interfaces would become, as nested ones of the same name do.
        var contested = clients
            .Select(static (client, _) => client.FullName)
            .Collect()
            .Select(static (names, _) => new EquatableArray<string>(
                names.GroupBy(static name => name).Where(static same => same.Count() > 1).Select(static same => same.Key)));

        context.RegisterSourceOutput(calls.Combine(contexts), static (output, found) => WriteCalls(output, found.Left, found.Right));
        context.RegisterSourceOutput(
            clients.Combine(contexts).Combine(contested),
            static (output, found) => WriteClient(output, found.Left.Left, found.Left.Right, found.Right));
    }

    private static void WriteCalls(SourceProductionContext output, ImmutableArray<CallModel> calls, ImmutableArray<ContextModel> contexts)
    {
        var problems = calls.SelectMany(call => call.Problems).Concat(Repeated(calls)).ToList();
        var text = CallEmitter.Write(calls, contexts, problems);
        if (text is not null)
        {
            output.AddSource("TinyHost.JsonRpc.Calls.g.cs", text);
        }

        Report(output, problems);
    }

    private static void WriteClient(
        SourceProductionContext output, ClientModel client, ImmutableArray<ContextModel> contexts, EquatableArray<string> contested)
    {
        var problems = client.Problems.ToList();
        if (contested.Contains(client.FullName))
        {
            problems.Add(Problem.Of(
                Rules.NoClient, client.Place, client.Interface.Replace("global::", ""),
                $"another interface of the namespace becomes {client.ClassName} too; rename one of them"));
        }

        var text = problems.Count > 0 ? null : ClientEmitter.Write(client, contexts, problems);
        if (text is not null)
        {
            output.AddSource($"{client.Interface.Replace("global::", "").Replace("@", "")}.Client.g.cs", text);
        }

        Report(output, problems);
    }

    private static IEnumerable<Problem> Repeated(ImmutableArray<CallModel> calls) => calls
        .Where(call => call.ConstantName is not null)
        .GroupBy(call => (call.Scope, call.ConstantName))
        .SelectMany(group => group.Skip(1))
        .Select(call => Problem.Of(Rules.NameTwice, call.Place, call.ConstantName!));

    private static void Report(SourceProductionContext output, IEnumerable<Problem> problems)
    {
        foreach (var problem in problems.Distinct())
        {
            output.ReportDiagnostic(
                Diagnostic.Create(Rules.All[problem.Id], problem.Place?.ToLocation(), [.. problem.Arguments]));
        }
    }
}
