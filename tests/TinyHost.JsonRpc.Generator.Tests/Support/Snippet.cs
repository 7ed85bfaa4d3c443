// Owns: running the generator over a program and compiling the result as strictly as a consumer may.

using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace TinyHost.JsonRpc.Generator.Tests.Support;

/// <summary>A program, the generator's output for it, and everything that the compiler and the generator say about it.</summary>
internal sealed class Snippet
{
    private const string Usings = """
        using System;
        using System.Collections.Generic;
        using System.Linq;
        using System.Security.Claims;
        using System.Text.Json;
        using System.Text.Json.Serialization;
        using System.Text.Json.Serialization.Metadata;
        using System.Threading;
        using System.Threading.Tasks;
        using TinyHost;
        using TinyHost.JsonRpc;

        """;

    /// <summary>A context as the generator of System.Text.Json completes it.</summary>
    private const string Context = """

        sealed class Json : JsonSerializerContext
        {
            public Json() : base(null) { }
            public static Json Default { get; } = new();
            protected override JsonSerializerOptions? GeneratedSerializerOptions => null;
            public override JsonTypeInfo? GetTypeInfo(Type type) => null;
        }
        """;

    private static readonly CSharpParseOptions s_options = new CSharpParseOptions(LanguageVersion.Latest)
        .WithFeatures([new("InterceptorsNamespaces", "TinyHost.JsonRpc.Generated")]);

    private static readonly MetadataReference[] s_references =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("TinyHost.JsonRpc.Generator", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path))];

    private Snippet(CSharpCompilation input, GeneratorDriver driver)
    {
        Input = input;
        Driver = driver.RunGeneratorsAndUpdateCompilation(input, out var output, out var reported);
        Reported = reported;
        Compiled = [.. output.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)];
        Generated = string.Join("\n", Driver.GetRunResult().GeneratedTrees.Select(tree => tree.ToString()));
    }

    public CSharpCompilation Input { get; }

    public GeneratorDriver Driver { get; }

    /// <summary>What the generator reports.</summary>
    public IReadOnlyList<Diagnostic> Reported { get; }

    /// <summary>What the compiler reports of the program and the generated code.</summary>
    public IReadOnlyList<Diagnostic> Compiled { get; }

    /// <summary>All generated code.</summary>
    public string Generated { get; }

    /// <summary>Runs statements that may use <c>rpc</c>, a handler. Types are declared apart; <c>Json</c> lists the given types.</summary>
    public static Snippet OfStatements(string statements, string types = "", params string[] listed) =>
        Of($"var rpc = new JsonRpcHandler();\n{statements}\n\n{types}\n{ContextOf(listed)}");

    /// <summary>Runs a whole file.</summary>
    public static Snippet Of(string source, params MetadataReference[] references)
    {
        var compilation = CSharpCompilation.Create(
            "Program",
            [Parse(Usings + source, "Program.cs"), Parse("class Unrelated { }", "Unrelated.cs")],
            [.. s_references, .. references],
            new CSharpCompilationOptions(
                source.Contains("var rpc", StringComparison.Ordinal) ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable,
                warningLevel: 9999));
        return new(compilation, CSharpGeneratorDriver.Create(
            [new JsonRpcGenerator().AsSourceGenerator()],
            parseOptions: s_options,
            driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true)));
    }

    /// <summary>A library that a program may reference.</summary>
    public static MetadataReference Library(string source, params string[] listed)
    {
        var context = ContextOf(listed).Replace("sealed class", "public sealed class", StringComparison.Ordinal);
        var compilation = CSharpCompilation.Create(
            "Contracts",
            [Parse(Usings + source + context, "Contracts.cs")],
            s_references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success, string.Join("\n", result.Diagnostics));
        return MetadataReference.CreateFromImage(image.ToArray());
    }

    /// <summary>Runs the same driver again after an edit of one file.</summary>
    public Snippet Edit(string file, Func<string, string> edit)
    {
        var tree = Input.SyntaxTrees.Single(tree => tree.FilePath == file);
        return new(Input.ReplaceSyntaxTree(tree, Parse(edit(tree.ToString()), file)), Driver);
    }

    /// <summary>Neither the generator nor the compiler has anything to say.</summary>
    public Snippet Compiles()
    {
        Assert.Empty(Reported);
        Assert.True(Compiled.Count == 0, string.Join("\n", Compiled) + "\n" + Generated);
        return this;
    }

    /// <summary>The number of calls that generated code replaces.</summary>
    public int Replaced => Generated.Split("InterceptsLocationAttribute(1").Length - 1;

    private static string ContextOf(string[] listed) =>
        listed.Length == 0 ? "" : string.Concat(listed.Select(type => $"\n[JsonSerializable(typeof({type}))]")) + Context;

    private static SyntaxTree Parse(string source, string path) =>
        CSharpSyntaxTree.ParseText(source, s_options, path, System.Text.Encoding.UTF8);
}
