// Owns: compiling a program shown in docs/, as the SDK compiles a Program.cs.

using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Emit;

namespace TinyHost.EndToEnd.Support;

internal static class ProgramCompiler
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    // The programs may use what the tests use, but not the tests, whose namespaces hide packages' types.
    private static readonly Lazy<MetadataReference[]> s_references = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileNameWithoutExtension(path) != "TinyHost.EndToEnd")
            .Select(path => MetadataReference.CreateFromFile(path)),
    ]);

    // The SDK suppresses these too: packages refer to older versions of assemblies.
    private static readonly Dictionary<string, ReportDiagnostic> s_suppressed =
        new() { ["CS1701"] = ReportDiagnostic.Suppress, ["CS1702"] = ReportDiagnostic.Suppress };

    private static readonly Lazy<ISourceGenerator[]> s_generators = new(() =>
        [.. new AnalyzerFileReference(Repository.Metadata("JsonGenerator"), new Loader()).GetGenerators(LanguageNames.CSharp)]);

    /// <summary>
    /// Compiles a program and returns the path of its assembly, in <paramref name="directory"/>. A source without statements becomes a
    /// library. Fails the test at a warning.
    /// </summary>
    public static string Compile(string source, string directory)
    {
        var options = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        var program = CSharpSyntaxTree.ParseText(source, options);
        var isProgram = program.GetCompilationUnitRoot().Members.Any(member => member.IsKind(SyntaxKind.GlobalStatement));
        Compilation compilation = CSharpCompilation.Create(
            isProgram ? "Recipe" : "RecipeLibrary",
            [CSharpSyntaxTree.ParseText(ImplicitUsings, options), program],
            s_references.Value,
            new CSharpCompilationOptions(
                isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable,
                specificDiagnosticOptions: s_suppressed));
        CSharpGeneratorDriver.Create(s_generators.Value, parseOptions: options)
            .RunGeneratorsAndUpdateCompilation(compilation, out compilation, out _, TestContext.Current.CancellationToken);
        var assembly = Path.Combine(directory, compilation.AssemblyName + ".dll");
        EmitResult result;
        using (var file = File.Create(assembly))
        {
            result = compilation.Emit(file, cancellationToken: TestContext.Current.CancellationToken);
        }

        Assert.Empty(result.Diagnostics
            .Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)
            .Select(diagnostic => $"{diagnostic}"));
        Assert.True(result.Success);
        return assembly;
    }

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
            // The generator needs no other assembly than the compiler's.
        }

        public System.Reflection.Assembly LoadFromPath(string fullPath) => System.Reflection.Assembly.LoadFrom(fullPath);
    }
}
