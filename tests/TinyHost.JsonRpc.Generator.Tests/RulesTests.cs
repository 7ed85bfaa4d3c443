// Owns: the tests of the diagnostics: each rule, its place, and its sentence.

using Microsoft.CodeAnalysis;
using TinyHost.JsonRpc.Generator.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.JsonRpc.Generator.Tests;

public sealed class RulesTests
{
    private const string Types = """
        record Order(int Id);
        class Data { public int A { get; set; } }
        class Derived : Data;
        class Hidden
        {
            private class Inner { public int A() => 1; }
            public static JsonRpcHandler Add(JsonRpcHandler rpc) => rpc.AddMethods<Inner>();
        }
        file class Local { public int A() => 1; }
        static class Static
        {
            public static async void Fire() => await Task.Yield();
            public static void ByRef(ref int a) { }
            public static void Out(out int a) => a = 1;
            public static Task<Generic> GenericAsync() => Task.FromResult(new Generic());
            public static ref int Ref(int[] a) => ref a[0];
            public static JsonRpcHandler Open<T>(JsonRpcHandler rpc) where T : class => rpc.AddMethods<T>();
            public static JsonRpcHandler OpenLambda<T>(JsonRpcHandler rpc) => rpc.Add("a", (T value) => 1);
        }
        class Generic { public T Echo<T>(T value) => value; }
        class Making
        {
            private readonly JsonRpcHandler _rpc = new();
            public static JsonRpcHandler Twice() => new JsonRpcHandler().Add("m", () => 1).Add("m", () => 2);
            public void AddTwice() { _rpc.Add("n", () => 1); this._rpc.Add("n", () => 2); }
        }
        class Twice { public int Add(int a) => a; public int Add(int a, int b) => a; }
        class Reserved { [JsonRpcName("rpc.add")] public int Add(int a) => a; }
        class Empty { private void Nothing() { } }
        """;

    [Theory]
    [InlineData("TINY001", "Delegate d = () => 1; rpc.Add(\"a\", d);", "d", "known only at run time")]
    [InlineData("TINY001", "Func<int, int> f = a => a; rpc.Add(\"a\", f);", "f", "parameters of 'a'")]
    [InlineData("TINY001", "rpc.Add(\"a\", args.Length > 0 ? () => 1 : () => 2);", "args.Length > 0 ? () => 1 : () => 2", "lambda")]
    [InlineData("TINY002", "rpc.Add(\"a\", Static.ByRef);", "a", "Parameter 'a' is ref")]
    [InlineData("TINY002", "rpc.Add(\"a\", Static.Out);", "a", "Parameter 'a' is out")]
    [InlineData("TINY002", "rpc.Add(\"a\", (in int b) => b);", "b", "Parameter 'b' is in")]
    [InlineData("TINY003", "rpc.Add(\"a\", (ReadOnlySpan<char> b) => 1);", "b", "Parameter 'b' has the type ReadOnlySpan<char>")]
    [InlineData("TINY003", "rpc.Add(\"a\", (Func<int> b) => 1);", "b", "Func<int>")]
    [InlineData("TINY003", "rpc.Add(\"a\", (System.IO.Stream b) => 1);", "b", "Stream")]
    [InlineData("TINY003", "rpc.Add(\"a\", (dynamic b) => 1);", "b", "dynamic")]
    [InlineData("TINY003", "rpc.Add(\"a\", (params ReadOnlySpan<int> b) => 1);", "b", "ReadOnlySpan<int>")]
    [InlineData("TINY003", "unsafe { rpc.Add(\"a\", (int* b) => 1); }", "b", "int*")]
    [InlineData("TINY003", "rpc.Add(\"a\", Static.Ref);", "Ref", "The result of 'Ref'")]
    [InlineData("TINY003", "rpc.Add(\"a\", () => (IAsyncEnumerable<int>)null!);", "() => (IAsyncEnumerable<int>)null!", "of the lambda")]
    [InlineData("TINY003", "rpc.Add(\"a\", (System.IO.MemoryStream b) => 1);", "b", "MemoryStream")]
    [InlineData("TINY003", "rpc.Add(\"a\", (int[,] b) => 1);", "b", "Parameter 'b' has the type int[*,*]")]
    [InlineData("TINY003", "rpc.Add(\"a\", (List<Action?>? b) => 1);", "b", "List<Action")]
    [InlineData("TINY003", "rpc.Add(\"a\", (nint? b) => 1);", "b", "nint?")]
    [InlineData("TINY003", "rpc.Add(\"a\", Task<Task<int>> () => null!);", "Task<Task<int>> () => null!", "Task<int>")]
    [InlineData("TINY004", "Static.Open<string>(rpc);", "rpc.AddMethods<T>()", "type parameter T")]
    [InlineData("TINY004", "Static.OpenLambda<string>(rpc);", "value", "type parameter T")]
    [InlineData("TINY004", "rpc.AddMethods<Generic>();", "Echo", "'Echo' depends on the type parameter T")]
    [InlineData("TINY005", "rpc.Add(\"a\", (Order order) => 1);", "order", "add [JsonSerializable(typeof(Order))]")]
    [InlineData("TINY005", "rpc.Add(\"a\", (List<Order> order) => 1);", "order", "typeof(Order)")]
    [InlineData("TINY005", "rpc.Add(\"a\", (Data data) => 1);", "data", "mark the parameter [JsonRpcService]")]
    [InlineData("TINY005", "rpc.Add(\"a\", (Dictionary<string, int> b) => 1);", "b", "typeof(Dictionary<string, int>)")]
    [InlineData("TINY005", "rpc.Add(\"a\", (Derived data) => 1);", "data", "typeof(Derived)")]
    [InlineData("TINY005", "rpc.Add(\"a\", (Order? order) => 1);", "order", "typeof(Order)")]
    [InlineData("TINY005", "rpc.Add(\"a\", (List<Order?>? order) => 1);", "order", "typeof(Order)")]
    [InlineData("TINY005", "rpc.Add(\"a\", Order? () => null);", "Order? () => null", "typeof(Order)")]
    [InlineData("TINY005", "rpc.Add(\"a\", (object b) => 1);", "b", "typeof(object)")]
    [InlineData("TINY005", "rpc.Add(\"a\", () => new Order(1));", "() => new Order(1)", "The result of")]
    [InlineData("TINY005", "rpc.Add(\"a\", () => Static.GenericAsync());", "() => Static.GenericAsync()", "typeof(Generic)")]
    [InlineData("TINY006", "rpc.Add(\"a\", () => 1); rpc.Add(\"a\", () => 2);", "\"a\"", "The name 'a' is taken")]
    [InlineData("TINY006", "rpc.Add(\"a\", () => 1).Add(\"b\", () => 2).Add(\"a\", () => 2);", "\"a\"", "'a'")]
    [InlineData("TINY006", "var other = new JsonRpcHandler().Add(\"a\", () => 1); other.Add(\"a\", () => 2);", "\"a\"", "'a'")]
    [InlineData("TINY006", "var other = (new JsonRpcHandler().Add(\"a\", () => 1)); other.Add(\"a\", () => 2);", "\"a\"", "'a'")]
    [InlineData("TINY006", "Making.Twice();", "\"m\"", "'m'")]
    [InlineData("TINY006", "new Making().AddTwice();", "\"n\"", "'n'")]
    [InlineData("TINY006", "rpc.AddMethods<Twice>();", "rpc.AddMethods<Twice>()", "'add'")]
    [InlineData("TINY006", "rpc.Add(\"a\", call => default); rpc.Add(\"a\", () => 2);", "\"a\"", "'a'")]
    [InlineData("TINY007", "rpc.Add(\"rpc.raw\", call => default);", "\"rpc.raw\"", "begins with 'rpc.'")]
    [InlineData("TINY007", "rpc.Add(\"rpc.a\", () => 1);", "\"rpc.a\"", "begins with 'rpc.'")]
    [InlineData("TINY007", "rpc.AddMethods<Reserved>();", "Add", "rpc.add")]
    [InlineData("TINY008", "rpc.Add(\"a\", Static.Fire);", "Fire", "'Fire' is async void")]
    [InlineData("TINY009", "Hidden.Add(rpc);", "rpc.AddMethods<Inner>()", "Inner is not accessible")]
    [InlineData("TINY009", "rpc.AddMethods<Local>();", "rpc.AddMethods<Local>()", "Local is not accessible")]
    [InlineData("TINY010", "rpc.AddMethods<Empty>();", "rpc.AddMethods<Empty>()", "Empty has no public instance methods")]
    public void A_rule_names_its_place_and_says_what_is_wrong(string id, string statements, string place, string sentence)
    {
        var snippet = Snippet.OfStatements(statements, Types);
        var text = snippet.Input.SyntaxTrees[0].GetText(TestContext.Current.CancellationToken);
        var reported = Assert.Single(snippet.Reported, one => one.Id == id && text.ToString(one.Location.SourceSpan) == place);
        Assert.Equal(DiagnosticSeverity.Error, reported.Severity);
        Assert.Contains(sentence, reported.GetMessage(null), StringComparison.Ordinal);
        Assert.Equal("Program.cs", reported.Location.GetLineSpan().Path);
    }

    [Theory]
    [InlineData("[JsonRpcClient] interface IShop { int Add(int a); }", "Add", "it must return Task or ValueTask")]
    [InlineData("[JsonRpcClient] interface IShop { int Size { get; } }", "Size", "only methods become calls")]
    [InlineData("[JsonRpcClient] interface IShop { event Action Done; }", "Done", "only methods become calls")]
    [InlineData("[JsonRpcClient] interface IShop<T> { Task Add(int a); }", "IShop", "the interface is generic")]
    [InlineData("[JsonRpcClient] interface IShop { [JsonRpcIgnore] Task Add(int a); }", "Add", "[JsonRpcIgnore]")]
    [InlineData("[JsonRpcClient] interface IShop { Task Add(RequestContext a); }", "Add", "only a server can supply its parameter 'a'")]
    [InlineData("[JsonRpcClient] interface IShop { void Dispose(); Task Do(); }", "Dispose", "derive the interface from IDisposable")]
    [InlineData("[JsonRpcClient] interface IShop { static abstract Task Add(int a); }", "Add", "it is static")]
    public void An_interface_that_no_client_can_implement_is_refused(string source, string place, string sentence)
    {
        var snippet = Snippet.Of(source);
        var reported = Assert.Single(snippet.Reported, one => one.Id == "TINY011");
        Assert.Contains(sentence, reported.GetMessage(null), StringComparison.Ordinal);
        var text = snippet.Input.SyntaxTrees[0].GetText(TestContext.Current.CancellationToken);
        Assert.Equal(place, text.ToString(reported.Location.SourceSpan));
    }

    [Theory]
    [InlineData("class A { [JsonRpcClient] internal interface IShop { Task AddAsync(int a); } }", "class B { @ }", "A.IShop", "B.IShop")]
    [InlineData("[JsonRpcClient] interface Shop { Task AddAsync(int a); }", "@", "Shop", "IShop")]
    public void Two_interfaces_cannot_become_the_same_class(string first, string second, string firstName, string secondName)
    {
        const string Interface = "[JsonRpcClient] internal interface IShop { Task AddAsync(int a); }";
        second = second.Replace("@", Interface, StringComparison.Ordinal);
        var snippet = Snippet.Of($"{first}\n{second}");
        Assert.Equal(
            new[] { firstName, secondName }.Select(name =>
                $"A client cannot implement '{name}': another interface of the namespace becomes ShopClient too; rename one of them"),
            snippet.Reported.Select(one => one.GetMessage(null)));
        Assert.All(snippet.Reported, one => Assert.Equal("TINY011", one.Id));
        Snippet.Of($"namespace One {{ {first} }}\nnamespace Two {{ {second} }}").Compiles();
    }

    [Fact]
    public void A_client_cannot_have_two_methods_of_one_name()
    {
        var snippet = Snippet.Of("[JsonRpcClient] interface IShop { Task Add(int a); Task AddAsync(int a, int b); }");
        Assert.Equal("The name 'add' is taken by another method", Assert.Single(snippet.Reported).GetMessage(null));
    }

    [Fact]
    public void A_method_has_64_parameters_at_most()
    {
        Snippet.OfStatements($"rpc.Add(\"a\", ({Parameters(64)}) => 1);").Compiles();
        Assert.Equal("TINY012", Assert.Single(Snippet.OfStatements($"rpc.Add(\"a\", ({Parameters(65)}) => 1);").Reported).Id);

        static string Parameters(int count) => string.Join(", ", Enumerable.Range(0, count).Select(index => $"int a{index}"));
    }

    [Theory]
    [InlineData("if (args.Length > 0) { rpc.Add(\"a\", () => 1); } else { rpc.Add(\"a\", () => 2); }")]
    [InlineData("if (args.Length > 0) rpc.Add(\"a\", () => 1); else rpc.Add(\"a\", () => 2);")]
    [InlineData("var other = new JsonRpcHandler(); rpc.Add(\"a\", () => 1); other.Add(\"a\", () => 2);")]
    [InlineData("new JsonRpcHandler().Add(\"a\", () => 1); new JsonRpcHandler().Add(\"a\", () => 2);")]
    [InlineData("var all = (One(new JsonRpcHandler().Add(\"a\", () => 1)), One(new JsonRpcHandler().Add(\"a\", () => 2))); _ = all;")]
    [InlineData("var all = new[] { new JsonRpcHandler().Add(\"a\", () => 1), new JsonRpcHandler().Add(\"a\", () => 2) };")]
    [InlineData("var one = args.Length > 0 ? new JsonRpcHandler().Add(\"a\", () => 1) : new JsonRpcHandler().Add(\"a\", () => 2);")]
    [InlineData("_ = args.Length > 0 ? rpc.Add(\"a\", () => 1) : rpc.Add(\"a\", () => 2);")]
    [InlineData("_ = args.Length switch { 0 => rpc.Add(\"a\", () => 1), _ => rpc.Add(\"a\", () => 2) };")]
    [InlineData("var (x, y) = (new Pair(), new Pair()); x.Rpc.Add(\"a\", () => 1); y.Rpc.Add(\"a\", () => 2);")]
    [InlineData("var (x, y) = (new Pair(), new Pair()); x.Field.Add(\"a\", () => 1); y.Field.Add(\"a\", () => 2);")]
    [InlineData("List<JsonRpcHandler> all = [new(), new()]; all[0].Add(\"a\", () => 1); all[1].Add(\"a\", () => 2);")]
    [InlineData("var pair = new Pair(); pair.Make().Add(\"a\", () => 1); pair.Make().Add(\"a\", () => 2);")]
    [InlineData("var one = new JsonRpcHandler(); one.Add(\"a\", () => 1); one = new JsonRpcHandler(); one.Add(\"a\", () => 2);")]
    [InlineData("Make(out var one); one.Add(\"a\", () => 1); Make(out one); one.Add(\"a\", () => 2);")]
    public void One_name_on_two_handlers_or_in_two_branches_is_no_conflict(string statements) => Snippet.OfStatements(
        statements + """

        static JsonRpcHandler One(JsonRpcHandler handler) => handler;
        static void Make(out JsonRpcHandler handler) => handler = One(new());
        Make(out _);
        """,
        """
        class Pair
        {
            public readonly JsonRpcHandler Field = new();
            public JsonRpcHandler Rpc => Field;
            public JsonRpcHandler Make() => new();
        }
        """).Compiles();

    [Fact]
    public void A_type_that_does_not_exist_is_left_to_the_compiler()
    {
        var snippet = Snippet.OfStatements("rpc.Add(\"a\", (Missing a) => 1);");
        Assert.Empty(snippet.Reported);
        Assert.Equal("CS0246", Assert.Single(snippet.Compiled, one => one.Severity == DiagnosticSeverity.Error).Id);
    }

    [Fact]
    public void The_docs_list_every_rule()
    {
        var docs = File.ReadAllText(Path.Combine(Repository.Root, "docs", "json-rpc.md"));
        Assert.All(Rules.All.Keys, id => Assert.Contains($"| {id} |", docs, StringComparison.Ordinal));
    }
}
