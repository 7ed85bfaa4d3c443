// Owns: the tests that the generator binds what it promises to bind, in code that compiles with warnings as errors.

using TinyHost.JsonRpc.Generator.Tests.Support;

namespace TinyHost.JsonRpc.Generator.Tests;

public sealed class BindingTests
{
    [Theory]
    [InlineData("(long a, long b) => a + b")]
    [InlineData("() => 1")]
    [InlineData("() => { }")]
    [InlineData("(string s) => s")]
    [InlineData("(string? s) => s")]
    [InlineData("(int a, int b = 3, string? c = null) => a + b")]
    [InlineData("(bool a, sbyte b, byte c, short d, ushort e, int f, uint g, long h, ulong i, float j, double k, decimal l) => a")]
    [InlineData("(char a, Guid b, DateTime c, DateTimeOffset d, DateOnly e, TimeOnly f, TimeSpan g, Uri h, Version i, byte[] j) => b")]
    [InlineData("(Int128 a, UInt128 b, JsonElement c) => c")]
    [InlineData("(int? a, Guid? b, DayOfWeek? c, DayOfWeek d) => d")]
    [InlineData("(int[] a, List<string> b, IList<int?> c, IReadOnlyList<string?> d, IEnumerable<long> e, long[][] f) => f")]
    [InlineData("(string[]? a, List<int>? b) => b")]
    [InlineData("(params long[] values) => values.Sum()")]
    [InlineData("(string first, params int[] rest) => first")]
    [InlineData("(sbyte a = -5, ulong b = ulong.MaxValue, float c = float.NaN, double d = -1.5, decimal e = 0.1m, char f = '\\n') => a")]
    [InlineData("(DayOfWeek a = DayOfWeek.Friday, Guid b = default, string c = \"a\\\"b\", long d = long.MinValue, bool e = true) => a")]
    [InlineData("(int @class, string @event) => @class")]
    [InlineData("(int a, CancellationToken b, JsonRpcCall c, RequestContext d, ClaimsPrincipal e, IServiceProvider f) => a")]
    [InlineData("(int a, CancellationToken token = default) => a")]
    [InlineData("async (int a) => { await Task.Yield(); }")]
    [InlineData("async (int a) => { await Task.Yield(); return a; }")]
    [InlineData("(int a) => new ValueTask()")]
    [InlineData("(int a) => new ValueTask<string?>((string?)null)")]
    [InlineData("static (int a) => Task.FromResult(new[] { a })")]
    [InlineData("delegate (int a) { return a; }")]
    [InlineData("(Func<int, int>)(a => a)")]
    [InlineData("Static.Twice")]
    [InlineData("Static.WithDefault")]
    [InlineData("Static.Sum")]
    [InlineData("Static.Echo<int>")]
    [InlineData("new Instance().Add")]
    [InlineData("new Instance().Extended")]
    [InlineData("(Func<long, long>)Math.Abs")]
    [InlineData("Local")]
    [InlineData("(TimeProvider clock, IClock other, Clock third) => clock.GetUtcNow()")]
    [InlineData("([JsonRpcService] Data data) => 1")]
    [InlineData("([JsonRpcService] Data? data) => 1")]
    [InlineData("([JsonRpcName(\"from\")] string a) => a")]
    public void A_lambda_or_method_is_bound(string method) =>
        Assert.Equal(1, Snippet.OfStatements(
            $"rpc.Add(\"name\", {method});\nint Local(int a) => a;\nLocal(1);",
            """
            interface IClock;
            class Clock : IClock;
            class Data { public int A { get; set; } }
            static class Static
            {
                public static int Twice(int a) => 2 * a;
                public static int WithDefault(int a, int b = 5) => a * b;
                public static int Sum(params int[] values) => values.Sum();
                public static T Echo<T>(T value) => value;
                public static int Extended(this Instance instance, int a) => a;
            }
            class Instance { public int Add(int a, int b) => a + b; }
            """).Compiles().Replaced);

    [Theory]
    [InlineData("(Order order) => order")]
    [InlineData("(Order? order) => order")]
    [InlineData("(Order[] a, List<Order> b, IReadOnlyList<Order?> c) => a")]
    [InlineData("(Point a, Point? b) => a")]
    [InlineData("(Dictionary<string, Order> a) => a")]
    [InlineData("async (Order order, IClock clock, CancellationToken ct) => { await Task.Yield(); return order; }")]
    public void Types_of_a_context_are_bound(string method) =>
        Assert.Equal(1, Snippet.OfStatements(
            $"rpc.Add(\"name\", {method});",
            "record Order(int Id); record struct Point(int X); interface IClock;",
            "Order",
            "Point",
            "Dictionary<string, Order>").Compiles().Replaced);

    [Fact]
    public void A_lambda_may_have_more_parameters_than_Func() =>
        Assert.Equal(1, Snippet.OfStatements(
            $"rpc.Add(\"a\", ({string.Join(", ", Enumerable.Range(0, 20).Select(index => $"int a{index}"))}) => a1);").Compiles().Replaced);

    [Fact]
    public void A_class_that_a_context_lists_is_read_from_JSON_and_any_other_is_a_service()
    {
        const string types = "class Shop { public Shop(int size) { } }";
        const string call = "rpc.Add(\"name\", (Shop shop) => 1);";
        var unlisted = Snippet.OfStatements(call, types).Compiles();
        var listed = Snippet.OfStatements(call, types, "Shop").Compiles();
        Assert.Contains("GetRequiredService<global::Shop>", unlisted.Generated, StringComparison.Ordinal);
        Assert.DoesNotContain("GetRequiredService", listed.Generated, StringComparison.Ordinal);
    }

    [Fact]
    public void An_enum_that_a_context_lists_is_read_by_the_context()
    {
        const string call = "rpc.Add(\"name\", (DayOfWeek day) => day);";
        Assert.Contains("EnumValue<", Snippet.OfStatements(call).Compiles().Generated, StringComparison.Ordinal);
        Assert.Contains("ContextValue<", Snippet.OfStatements(call, "", "DayOfWeek").Compiles().Generated, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_a_context_lists_is_read_by_the_context() =>
        Snippet.OfStatements("rpc.Add(\"name\", (Order[] orders) => 1);", "record Order(int Id);", "Order[]").Compiles();

    [Fact]
    public void A_context_is_found_in_the_library_that_declares_the_type()
    {
        var library = Snippet.Library("public record Order(int Id);", "Order");
        Snippet.Of("var rpc = new JsonRpcHandler().Add(\"place\", (Order[] orders) => orders[0]);", library).Compiles();
    }

    [Fact]
    public void A_program_that_knows_no_nullable_types_is_bound() =>
        Assert.Equal(2, Snippet.OfStatements(
            "rpc.Add(\"name\", (string a, int[] b, int? c) => a);\nrpc.AddMethods<Old>();",
            "#nullable disable\nclass Old { public string Echo(string text) => text; }\n#nullable enable").Compiles().Replaced);

    [Fact]
    public void Calls_in_a_chain_in_a_field_and_through_a_condition_are_replaced() =>
        Assert.Equal(4, Snippet.OfStatements(
            """
            rpc.Add("a", () => 1).Add("b", () => 2);
            rpc?.Add("c", () => 3);
            """,
            "class Holder { public readonly JsonRpcHandler Handler = new JsonRpcHandler().Add(\"a\", () => 1); }").Compiles().Replaced);

    [Fact]
    public void The_raw_form_and_the_methods_of_other_types_are_left_alone() =>
        Assert.Equal("", Snippet.OfStatements(
            """
            rpc.Add("raw", call => default);
            new Dictionary<string, Delegate>().Add("a", () => 1);
            """).Compiles().Generated);

    [Fact]
    public void The_methods_of_a_class_get_names_from_their_own()
    {
        var generated = Snippet.OfStatements(
            "rpc.AddMethods<Shop>();\nrpc.AddMethods(new Shop(), \"shop.\");\nrpc.AddMethods<IShop>(new Shop(), prefix: \"s.\");",
            """
            interface IShop { Task<int> AddAsync(int a); }
            class Shelf { public virtual int Move(int a) => a; public int Inherited() => 1; }
            class Shop : Shelf, IShop, IDisposable
            {
                public Task<int> AddAsync(int a) => Task.FromResult(a);
                [JsonRpcName("place_order")] public void Place() { }
                [JsonRpcIgnore] public void Hidden() { }
                public override int Move(int a) => a;
                public override string ToString() => "";
                public void Dispose() { }
                public static int Static() => 1;
                internal int Internal() => 1;
            }
            """).Compiles().Generated;
        Assert.Equal(
            ["add", "place_order", "move", "inherited", "add", "place_order", "move", "inherited", "add"],
            generated.Split("prefix + \"").Skip(1).Select(part => part[..part.IndexOf('"', StringComparison.Ordinal)]));
    }

    [Fact]
    public void A_class_takes_names_defaults_and_docs_from_the_interface_of_clients()
    {
        var generated = Snippet.OfStatements(
            "rpc.AddMethods<Shop>();",
            """
            [JsonRpcClient] interface IShop
            {
                /// <summary>Adds up.</summary>
                [JsonRpcName("sum")] Task<int> AddAsync(int first, int second = 7);
            }
            class Shop : IShop { public Task<int> AddAsync(int a, int b) => Task.FromResult(a); }
            """).Compiles().Generated;
        Assert.Contains("prefix + \"sum\"", generated, StringComparison.Ordinal);
        Assert.Contains("JsonRpcParameterInfo(\"second\"", generated, StringComparison.Ordinal);
        Assert.Contains("p1 = (int)(7);", generated, StringComparison.Ordinal);
        Assert.Contains("Summary = \"Adds up.\"", generated, StringComparison.Ordinal);
    }

    [Fact]
    public void What_may_be_null_may_be_left_out_at_the_end_only()
    {
        var generated = Snippet.OfStatements("rpc.Add(\"name\", (string? a, int b, string? c, int d = 1) => 1);").Compiles().Generated;
        Assert.Equal(
            ["true", "true", "false", "false"],
            generated.Split("isRequired: ").Skip(1).Select(part => part[..part.IndexOf(')', StringComparison.Ordinal)]));
    }
}
