// Owns: finding references that point upward among layered source files.

using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TinyHost.Tests.Support;

/// <summary>The C# compiler binds the files. The type of each expression, and each member it names, count as references.</summary>
internal sealed class LayerCheck
{
    // The SDK adds these to each project (ImplicitUsings).
    private const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    private readonly IReadOnlyList<string> _layers;
    private readonly CSharpCompilation _compilation;
    private readonly SortedSet<string> _violations = new(StringComparer.Ordinal);

    private LayerCheck(string assembly, IReadOnlyList<string> layers, IReadOnlyDictionary<string, string> filesByPath)
    {
        _layers = layers;
        var trees = filesByPath
            .Select(file => CSharpSyntaxTree.ParseText(file.Value, path: file.Key))
            .Append(CSharpSyntaxTree.ParseText(ImplicitUsings));
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary);
        _compilation = CSharpCompilation.Create(assembly, trees, References(assembly), options);
    }

    /// <summary>One sentence for each reference to a type of a later layer, and for each file outside the layers.</summary>
    internal static IReadOnlyCollection<string> FindViolations(
        string assembly, IReadOnlyList<string> layers, IReadOnlyDictionary<string, string> filesByPath)
    {
        var check = new LayerCheck(assembly, layers, filesByPath);
        foreach (var path in filesByPath.Keys.Where(path => check.LayerOf(path) < 0))
        {
            check._violations.Add($"{path} lies in no layer.");
        }

        foreach (var tree in check._compilation.SyntaxTrees.Where(tree => check.LayerOf(tree.FilePath) >= 0))
        {
            check.Visit(tree);
        }

        return check._violations;
    }

    /// <summary>The types that files under <paramref name="folder"/> refer to, by their names without namespaces.</summary>
    internal static IReadOnlySet<string> ReferencedTypes(string assembly, IReadOnlyDictionary<string, string> filesByPath, string folder)
    {
        var check = new LayerCheck(assembly, [], filesByPath);
        return check._compilation.SyntaxTrees
            .Where(tree => tree.FilePath.StartsWith(folder + "/", StringComparison.Ordinal))
            .SelectMany(check.ReferencesOf)
            .Select(type => type.Name)
            .ToHashSet();
    }

    /// <summary>The top-level types that a file declares, and whether each is public.</summary>
    internal static IEnumerable<(string Name, bool IsPublic)> DeclaredTypes(string source) =>
        CSharpSyntaxTree.ParseText(source).GetRoot()
            .DescendantNodes(node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
            .OfType<MemberDeclarationSyntax>()
            .Where(member => member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax)
            .Select(type => (
                type is BaseTypeDeclarationSyntax declared ? declared.Identifier.Text : ((DelegateDeclarationSyntax)type).Identifier.Text,
                type.Modifiers.Any(SyntaxKind.PublicKeyword)));

    // Without the assembly itself, whose types must come from the source.
    private static IEnumerable<MetadataReference> References(string assembly) =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileNameWithoutExtension(path) != assembly)
            .Select(path => MetadataReference.CreateFromFile(path));

    private void Visit(SyntaxTree tree)
    {
        var layer = LayerOf(tree.FilePath);
        foreach (var type in ReferencesOf(tree))
        {
            foreach (var declaration in type.DeclaringSyntaxReferences)
            {
                var other = LayerOf(declaration.SyntaxTree.FilePath);
                if (other > layer)
                {
                    _violations.Add($"{tree.FilePath} names {type.Name} of {_layers[other]}.");
                }
            }
        }
    }

    private HashSet<INamedTypeSymbol> ReferencesOf(SyntaxTree tree)
    {
        var model = _compilation.GetSemanticModel(tree);
        var types = new HashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
        foreach (var name in tree.GetRoot().DescendantNodes(descendIntoTrivia: false).OfType<SimpleNameSyntax>())
        {
            var info = model.GetSymbolInfo(name);
            foreach (var symbol in info.CandidateSymbols.Append(info.Symbol).OfType<ISymbol>())
            {
                Add(types, symbol as ITypeSymbol ?? symbol.ContainingType);
                Add(types, (symbol as IMethodSymbol)?.ReturnType);
            }

            Add(types, model.GetTypeInfo(name).Type);
        }

        return types;
    }

    private static void Add(HashSet<INamedTypeSymbol> types, ITypeSymbol? type)
    {
        switch (type)
        {
            case IArrayTypeSymbol array:
                Add(types, array.ElementType);
                break;
            case INamedTypeSymbol named when types.Add(named.OriginalDefinition):
                Add(types, named.ContainingType);
                foreach (var argument in named.TypeArguments)
                {
                    Add(types, argument);
                }

                break;
        }
    }

    private int LayerOf(string path)
    {
        for (var i = 0; i < _layers.Count; i++)
        {
            if (path.StartsWith(_layers[i] + "/", StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }
}
