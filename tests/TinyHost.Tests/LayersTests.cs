// Owns: the proof that references among the layers of src/TinyHost point downward only.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class LayersTests
{
    private static readonly string[] s_layers =
    [
        "Syntax", "Observers", "Health", "Reloading", "Sockets", "Handover", "Tls", "Http1", "Messages", "Workers", "Pipeline", "Server",
        "Hosting",
    ];

    [Fact]
    public void No_file_names_a_type_of_a_later_layer()
    {
        var files = Repository.SourceFiles("src/TinyHost");
        Assert.All(s_layers, layer => Assert.Contains(files.Keys, path => path.StartsWith(layer + "/", StringComparison.Ordinal)));
        Assert.Empty(LayerCheck.FindViolations("TinyHost", s_layers, files));
    }

    [Fact]
    public void Syntax_knows_no_tasks_sockets_or_loggers() =>
        Assert.Empty(LayerCheck.ReferencedTypes("TinyHost", Repository.SourceFiles("src/TinyHost"), "Syntax")
            .Intersect(["Task", "ValueTask", "Socket", "ILogger", "Stream", "ILoggerFactory"]));

    [Fact]
    public void Http1_knows_no_loggers() =>
        Assert.DoesNotContain("ILogger", LayerCheck.ReferencedTypes("TinyHost", Repository.SourceFiles("src/TinyHost"), "Http1"));

    [Fact]
    public void Referenced_types_include_those_of_members_and_arguments() =>
        Assert.Superset(
            new HashSet<string> { "High", "List", "Task" },
            LayerCheck.ReferencedTypes("Any", Files(("A/Low.cs", "class Low { List<High[]> _high = []; object Run() => High.Start(); }"),
                ("B/High.cs", "class High { internal static Task Start() => null!; }")), "A").ToHashSet());

    [Theory]
    [InlineData("class Low { High _high; }")]
    [InlineData("class Low { object Make() => new High(); }")]
    [InlineData("class Low { List<High> _all = []; }")]
    [InlineData("class Low { int Size => High.Size; }")]
    [InlineData("class Low { void Run() { var high = Middle.Make(); } }")]
    [InlineData("class Low { void Run(Middle middle) => middle.Inner.ToString(); }")]
    [InlineData("class Low { void Run(High[] all) { } }")]
    [InlineData("class Low { int Size => TinyHost.High.Size; }")]
    [InlineData("class Low : High;")]
    [InlineData("class Low { string Text => $\"{High.Name}\"; }")]
    [InlineData("class Low { bool Is(object o) => o is High; }")]
    [InlineData("class Low { int High { get; set; } object Make() => new High(); }")]
    [InlineData("class Low { internal High High { get; } }")]
    [InlineData("class Low { void Take(int High, High other) { } }")]
    [InlineData("class Low { string Name => nameof(High); }")]
    public void A_reference_upward_is_found(string low) =>
        Assert.Equal(["Syntax/Low.cs names High of Server."], Check(low));

    [Theory]
    [InlineData("class Low { }")]
    [InlineData("// High\nclass Low { } /* new High() */")]
    [InlineData("class Low { string Text => \"new High()\" + '\"' + @\"\"\"High\" + $\"{{High}}\" + \"\"\"High\"\"\"; }")]
    [InlineData("class Low { int Of(Other other) => other.High; }")]
    [InlineData("class Low { internal Other High { get; } Low(Other high) => High = high; int Port => High.Port; }")]
    [InlineData("class Low { object Make() => new Other { High = 1 }; }")]
    [InlineData("enum Low { One, High, Two }")]
    [InlineData("class Low { int Highest; int NotHigh; }")]
    public void Another_use_of_the_name_is_none(string low) => Assert.Empty(Check(low));

    [Fact]
    public void A_reference_downward_is_allowed()
    {
        var files = Files(("Syntax/Low.cs", "class Low { }"), ("Server/High.cs", "class High { Low _low; }"));
        Assert.Empty(LayerCheck.FindViolations("TinyHost", s_layers, files));
    }

    [Fact]
    public void A_file_outside_every_layer_is_found() =>
        Assert.Equal(
            ["Misc/Odd.cs lies in no layer."],
            LayerCheck.FindViolations("TinyHost", s_layers, Files(("Misc/Odd.cs", "class Odd { }"))));

    [Theory]
    [InlineData("public sealed class One { public class Nested { } }", "One")]
    [InlineData("internal readonly record struct One(int X);\ninternal enum Two : byte { A }", "One,Two")]
    [InlineData("internal delegate string? One(ReadOnlySpan<byte> x);", "One")]
    [InlineData("internal static partial class One\n{\n    private sealed class Two { }\n}", "One")]
    public void Declared_types_are_those_of_the_namespace(string code, string names) =>
        Assert.Equal(names.Split(','), LayerCheck.DeclaredTypes(code).Select(type => type.Name));

    private static IEnumerable<string> Check(string low)
    {
        var files = Files(
            ("Syntax/Low.cs", low),
            ("Syntax/Middle.cs",
                "class Middle { internal High Inner; internal static High Make() => null!; }\nclass Other { internal int High; }"),
            ("Server/High.cs", "class High { internal static int Size; internal static string Name; }"));
        return LayerCheck.FindViolations("TinyHost", s_layers, files)
            .Where(violation => violation.StartsWith("Syntax/Low.cs", StringComparison.Ordinal));
    }

    private static Dictionary<string, string> Files(params (string Path, string Text)[] files) =>
        files.ToDictionary(file => file.Path, file => $"namespace TinyHost;\n{file.Text}");
}
