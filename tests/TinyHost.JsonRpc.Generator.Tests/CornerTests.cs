// Owns: unusual declarations that compile in C#, and what the generator makes of them.

using TinyHost.JsonRpc.Generator.Tests.Support;

namespace TinyHost.JsonRpc.Generator.Tests;

public sealed class CornerTests
{
    private const string Types = """
        enum Level : sbyte { Low = -5, High = 3 }
        [Flags] enum Rights : ulong { None = 0, All = ulong.MaxValue }
        record struct Point(int X);
        delegate int Twice(int a);
        static class Static
        {
            public static int SumList(params List<int> values) => values.Sum();
            public static int SumAll(params IEnumerable<int> values) => values.Sum();
            public static int Optional([System.Runtime.InteropServices.Optional] int a) => a;
            [Obsolete("Use another.", error: true)] public static int Old(int a) => a;
        }
        """;

    [Theory]
    [InlineData("(Level a = Level.Low, Level? b = Level.High, Level? c = null, Rights d = Rights.All, Level e = (Level)(-7)) => 1")]
    [InlineData("(string a = \"\\ud800\\n\\0\\u2028{0}\\\\\", char b = '\\'', char c = '\\ud800', char? d = 'x') => 1")]
    [InlineData("(double a = -0.0, double b = double.Epsilon, float c = float.MinValue, double d = 1e300, float? e = 1.5f) => 1")]
    [InlineData("(decimal a = decimal.MinValue, decimal b = 0.00m, decimal? c = -1.5m, decimal? d = null) => 1")]
    [InlineData("(int? a = 5, long? b = null, DateTime c = default, Guid? d = null, Point e = default, Point? f = null) => 1")]
    [InlineData("(byte a = unchecked((byte)-1), int b = int.MinValue, ulong c = ulong.MaxValue, uint d = uint.MaxValue) => checked(b + 1)")]
    [InlineData("(int größe, int 名, int @await, int record, int field, int arguments, int call, int error) => größe")]
    [InlineData("() => (int?)1")]
    [InlineData("() => Task.FromResult((Point?)null)")]
    [InlineData("(Twice)(a => a * 2)")]
    [InlineData("new Twice(a => a * 2)")]
    [InlineData("Static.SumList")]
    [InlineData("Static.SumAll")]
    [InlineData("Static.Optional")]
    [InlineData("(params List<int> values) => values.Count")]
    [InlineData("[Obsolete] (int a) => a")]
    [InlineData("(params byte[] data) => data.Length")]
    [InlineData("(params int[]? values) => 1")]
    [InlineData("(params string?[] values) => 1")]
    [InlineData("(CancellationToken? token, CancellationToken other = default) => 1")]
    public void An_unusual_declaration_is_bound(string method) =>
        Assert.Equal(1, Snippet.OfStatements($"rpc.Add(\"name\", {method});", Types, "Point", "Point?").Compiles().Replaced);

    [Theory]
    [InlineData("rpc.Add(\"a\", () => 1); rpc.Add(\"b\", () => 2); rpc.Add(method: () => 3, name: \"c\");", 3)]
    [InlineData("Action run = () => rpc.Add(\"a\", () => 1); run(); void Local() => rpc.Add(\"b\", () => 2); Local();", 2)]
    [InlineData("rpc.Add(\"b\", () => { var inner = new JsonRpcHandler(); inner.Add(\"c\", () => 1); });", 2)]
    [InlineData("rpc.AddMethods<Shop>(target: new()).AddMethods<Box<int>>(\"box.\").AddMethods(prefix: \"p.\", target: new Shop());", 3)]
    [InlineData("_ = (rpc!).Add((\"a\" + \"b\"), (() => 1)); checked { rpc.Add(\"c\", (int a) => a + 1); }", 2)]
    [InlineData("rpc.AddMethods<Record>();", 1)]
    [InlineData("rpc.AddMethods<Keywords>();", 1)]
    public void A_call_in_an_unusual_place_is_replaced(string statements, int expected) =>
        Assert.Equal(expected, Snippet.OfStatements(statements, """
            partial class Shop { public int Add(int a) => a; }
            partial class Shop { public int Remove(int a) => a; public partial int Both(int a); }
            partial class Shop { public partial int Both(int a) => a; }
            class Box<T> { public T? Echo(T? value) => value; }
            record Record(int A) { public int Get() => A; }
            class Keywords { public int @class(int @for) => @for; public int await(int record) => record; public int Größe() => 1; }
            """).Compiles().Replaced);

    [Theory]
    [InlineData("\"k\"", "(call.Services, \"k\")")]
    [InlineData("5", "(call.Services, (int)(5))")]
    [InlineData("DayOfWeek.Friday", "(call.Services, (global::System.DayOfWeek)(5))")]
    [InlineData("typeof(List<int>)", "(call.Services, typeof(global::System.Collections.Generic.List<int>))")]
    [InlineData("null", "(call.Services, null)")]
    public void A_service_with_a_key_is_taken_by_its_key(string key, string expected) => Assert.Contains(
        $"ServiceProviderKeyedServiceExtensions.GetRequiredKeyedService<global::IShop>{expected}",
        Snippet.OfStatements(
            $"rpc.Add(\"a\", ([Microsoft.Extensions.DependencyInjection.FromKeyedServices({key})] IShop shop) => 1);",
            "interface IShop;").Compiles().Generated,
        StringComparison.Ordinal);

    [Fact]
    public void A_method_hidden_by_new_is_left_out()
    {
        var generated = Snippet.OfStatements(
            "rpc.AddMethods<Derived>();\nrpc.AddMethods<IDerived>(\"i.\");",
            """
            class Base { public int Get() => 1; public int Other(int a) => a; }
            class Derived : Base { public new string Get() => ""; }
            interface IBase { int Get(); }
            interface IDerived : IBase { new string Get(); }
            """).Compiles().Generated;
        Assert.Equal(
            ["get", "other", "get"],
            generated.Split("prefix + \"").Skip(1).Select(part => part[..part.IndexOf('"', StringComparison.Ordinal)]));
    }

    [Fact]
    public void A_method_that_is_obsolete_as_an_error_is_served_for_old_callers() =>
        Assert.Equal(1, Snippet.OfStatements(
            "rpc.AddMethods<Shop>();",
            "class Shop { [Obsolete(\"No.\", error: true)] public int Old(int a) => a; }").Compiles().Replaced);

    [Fact]
    public void An_experimental_method_is_served() =>
        Assert.Equal(1, Snippet.OfStatements(
            "rpc.AddMethods<Shop>();",
            "class Shop { [System.Diagnostics.CodeAnalysis.Experimental(\"X001\")] public int New(int a) => a; }").Compiles().Replaced);

    [Fact]
    public void A_private_delegate_type_is_refused()
    {
        var snippet = Snippet.OfStatements(
            "Holder.Add(rpc);",
            """
            class Holder
            {
                private delegate int Own(int a);
                public static void Add(JsonRpcHandler rpc) => rpc.Add("a", (Own)(a => a));
            }
            """);
        Assert.Equal("TINY009", Assert.Single(snippet.Reported).Id);
    }

    [Fact]
    public void The_type_of_a_lambda_with_params_is_that_of_the_replacement()
    {
        var generated = Snippet.OfStatements("rpc.Add(\"a\", (params List<int> values) => 1);").Compiles().Generated;
        Assert.Contains("Cast(method, int (params global::System.Collections.Generic.List<int> p0)", generated, StringComparison.Ordinal);
    }
}
