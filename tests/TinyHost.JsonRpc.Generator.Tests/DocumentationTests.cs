// Owns: the tests that the sentences of XML docs reach a method's declaration.

using TinyHost.JsonRpc.Generator.Tests.Support;

namespace TinyHost.JsonRpc.Generator.Tests;

public sealed class DocumentationTests
{
    [Theory]
    [InlineData("/// <summary>Adds up.</summary>", "Summary = \"Adds up.\"")]
    [InlineData("/// <summary>\n/// Adds\n///   up.\n/// </summary>", "Summary = \"Adds up.\"")]
    [InlineData("/// <summary>Of <see cref=\"System.Int32\"/>, <paramref name=\"a\"/>, <c>b</c>.</summary>", "\"Of Int32, a, b.\"")]
    [InlineData("/// <summary>A <see langword=\"null\"/> \"quote\".</summary>", "Summary = \"A null \\\"quote\\\".\"")]
    [InlineData("/// <summary>One.</summary>\n/// <remarks><para>Two.</para><para>Three.</para></remarks>", "tion = \"Two. Three.\"")]
    [InlineData("/// <param name=\"b\">The second.</param>", "Description = \"The second.\"")]
    [InlineData("[Obsolete]", "IsDeprecated = true")]
    public void Docs_of_a_method_are_read(string docs, string expected)
    {
        var source = $"static class Static\n{{\n{docs}\npublic static int Add(int a, int b) => a + b;\n}}";
        var call = "#pragma warning disable CS0612\nrpc.Add(\"add\", Static.Add);";
        Assert.Contains(expected, Snippet.OfStatements(call, source).Compiles().Generated, StringComparison.Ordinal);
    }

    [Fact]
    public void Inherited_docs_come_from_the_interface() =>
        Assert.Contains("Summary = \"Adds up.\"", Snippet.OfStatements(
            "rpc.AddMethods<Shop>();",
            """
            interface IShop
            {
                /// <summary>Adds up.</summary>
                int Add(int a);
            }
            class Shop : IShop
            {
                /// <inheritdoc/>
                public int Add(int a) => a;
            }
            """).Compiles().Generated, StringComparison.Ordinal);

    [Fact]
    public void Malformed_docs_are_ignored()
    {
        var source = "static class Static\n{\n/// <summary>Adds & up.\npublic static int Add(int a) => a;\n}";
        var snippet = Snippet.OfStatements("rpc.Add(\"add\", Static.Add);", source).Compiles();
        Assert.DoesNotContain("Summary", snippet.Generated, StringComparison.Ordinal);
    }
}
