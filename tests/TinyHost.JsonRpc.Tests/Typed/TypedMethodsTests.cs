// Owns: the tests of typed methods: what they accept, what they answer, and the sentences about params that do not fit.

using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TinyHost.JsonRpc.Tests.Support;

namespace TinyHost.JsonRpc.Tests.Typed;

public sealed class TypedMethodsTests
{
    [Theory]
    [InlineData("plus", "[1,2]", "3")]
    [InlineData("plus", """{"b":1,"a":5}""", "6")]
    [InlineData("plus", """{ "\u0061" : 1 , "b" : -9223372036854775808 }""", "-9223372036854775807")]
    [InlineData("optional", "[1]", "\"1 3 \"")]
    [InlineData("optional", "[1,2,null]", "\"1 2 \"")]
    [InlineData("optional", """{"a":1,"c":"x"}""", "\"1 3 x\"")]
    [InlineData("sum", "[]", "0")]
    [InlineData("sum", "[1,2,3]", "6")]
    [InlineData("sum", """{"values":[1,2]}""", "3")]
    [InlineData("sum", "{}", "0")]
    [InlineData("integers", "[-128,255,-32768,65535,-2147483648,4294967295,-9223372036854775808,18446744073709551615]",
        "18446744073709551615")]
    [InlineData("numbers", "[1.5,2.5,0.1]", "[1.5,2.5,0.1]")]
    [InlineData("texts", """["x","6f9619ff-8b86-d011-b42d-00c04fc964ff","2020-01-02T03:04:05Z","1.02:03:04","2020-01-02","AQID"]""",
        "\"x 6f9619ff-8b86-d011-b42d-00c04fc964ff 2020-01-02T03:04:05.0000000\\u002B00:00 1.02:03:04 2020-01-02 3\"")]
    [InlineData("any", """[{"a":[1,null]}]""", """{"a":[1,null]}""")]
    [InlineData("any", "[null]", "null")]
    [InlineData("any", """["\ud800"]""", "\"\\ud800\"")]
    [InlineData("shape", """[{"$type":"circle","radius":1}]""", """{"$type":"circle","radius":1}""")]
    [InlineData("bytes", """["AQI="]""", "2")]
    [InlineData("bytes", "[]", "0")]
    [InlineData("maybe_rest", "[1,2]", "2")]
    [InlineData("unannotated", "[]", "[null,null]")]
    [InlineData("colour", "[\"Green\"]", "\"Green\"")]
    [InlineData("colour", "[1]", "\"Green\"")]
    [InlineData("colour", "[18446744073709551615]", "\"Most\"")]
    [InlineData("access", "[\"Read\"]", "\"Read\"")]
    [InlineData("access", "[3]", "3")]
    [InlineData("size", "[\"Large\"]", "\"Large\"")]
    [InlineData("lists", """[[1,2],["a",null],[[1],[]]]""", "[2,2,2]")]
    [InlineData("order", """[{"id":1,"name":"x","previous":{"id":2,"name":"y"}}]""",
        """{"id":1,"name":"x","previous":{"id":2,"name":"y","previous":null}}""")]
    [InlineData("orders", """[[{"id":1,"name":"x"}],null]""", "1")]
    [InlineData("map", """[{"a":1}]""", """{"a":1}""")]
    [InlineData("nothing_at_all", "[]", "null")]
    [InlineData("task", "[]", "null")]
    [InlineData("late", "[4]", "8")]
    [InlineData("value_task", "[4]", "8")]
    [InlineData("late_value_task", "[4]", "8")]
    [InlineData("gone", "[]", "null")]
    [InlineData("static", "[4]", "8")]
    [InlineData("instance", """{"order":{"id":1,"name":"x"}}""", "\"shop x\"")]
    [InlineData("local", "[4]", "5")]
    [InlineData("renamed", """{"from":4}""", "4")]
    [InlineData("token", "[]", "false")]
    public async Task A_method_answers(string method, string parameters, string expected)
    {
        using var server = new RpcServer(add: Add);
        Assert.Equal($$"""{"jsonrpc":"2.0","result":{{expected}},"id":1}""", await server.CallAsync(method, parameters));
    }

    [Theory]
    [InlineData("plus", "[1]", "b is missing; it must be an integer (int64)")]
    [InlineData("plus", "[]", "a is missing; it must be an integer (int64)")]
    [InlineData("plus", "[1,2,3]", "there are 3 params; the method takes a, b")]
    [InlineData("plus", """{"a":1,"c":2}""", "there is no parameter \"c\"; the method takes a, b")]
    [InlineData("plus", """{"a":1,"a":2}""", "a is given twice")]
    [InlineData("plus", """[1,"x"]""", "b must be an integer (int64); it is \"x\"")]
    [InlineData("plus", "[1,null]", "b must be an integer (int64); it is null")]
    [InlineData("plus", "[1,1.5]", "b must be an integer (int64); it is 1.5")]
    [InlineData("plus", "[1,9223372036854775808]", "b must be an integer (int64); it is 9223372036854775808")]
    [InlineData("plus", "[1,[2]]", "b must be an integer (int64); it is an array")]
    [InlineData("integers", "[-129]", "a must be an integer (int8); it is -129")]
    [InlineData("integers", "[1,-1]", "b must be an integer (uint8); it is -1")]
    [InlineData("integers", "[1,1,1,1,1,1,1,-1]", "h must be an integer (uint64); it is -1")]
    [InlineData("numbers", "[1e39]", "a must be a number (float); it is 1e39")]
    [InlineData("numbers", "[1,1e999]", "b must be a number (double); it is 1e999")]
    [InlineData("numbers", "[1,1,1e99]", "c must be a number; it is 1e99")]
    [InlineData("optional", "[1,null]", "b must be an integer (int32); it is null")]
    [InlineData("optional", "[1,2,3]", "c must be a string or null; it is 3")]
    [InlineData("sum", "[1,true]", "values[1] must be an integer (int64); it is true")]
    [InlineData("sum", """{"values":[1,"2"]}""", "values[1] must be an integer (int64); it is \"2\"")]
    [InlineData("sum", """{"values":1}""", "values must be an array; it is 1")]
    [InlineData("texts", """["xx"]""", "a must be a string (one character); it is \"xx\"")]
    [InlineData("texts", """["x","y"]""", "b must be a string (uuid); it is \"y\"")]
    [InlineData("texts", """["x","6f9619ff-8b86-d011-b42d-00c04fc964ff","today"]""", "c must be a string (date-time); it is \"today\"")]
    [InlineData("texts", "[7]", "a must be a string (one character); it is 7")]
    [InlineData("colour", "[\"Blue\"]", "colour must be one of \"Red\", \"Green\", \"Most\"; it is \"Blue\"")]
    [InlineData("colour", "[\"green\"]", "colour must be one of \"Red\", \"Green\", \"Most\"; it is \"green\"")]
    [InlineData("colour", "[7]", "colour must be one of \"Red\", \"Green\", \"Most\"; it is 7")]
    [InlineData("access", "[4]", "access must be one of \"None\", \"Read\", \"Write\" or an integer; it is 4")]
    [InlineData("lists", """[[1,2],["a",4]]""", "b[1] must be a string or null; it is 4")]
    [InlineData("lists", """[[],[],[[],[1, 2 ,"x"]]]""", "c[1][2] must be an integer (int32); it is \"x\"")]
    [InlineData("order", "[null]", "order must be an object; it is null")]
    [InlineData("order", "[7]", "order must be an object; it is 7")]
    [InlineData("bytes", "[\"#\"]", "data must be a string (base64); it is \"#\"")]
    [InlineData("version", "[\"x\"]", "version must be a string (^\\d+(\\.\\d+){1,3}$); it is \"x\"")]
    [InlineData("shape", """[{"radius":1}]""", "shape does not fit its schema")]
    [InlineData("shape", """[{"$type":"line"}]""", "shape does not fit its schema")]
    [InlineData("shapes", """[[{"$type":"circle","radius":1},{"radius":1}]]""", "shapes[1] does not fit its schema")]
    [InlineData("shape", "[1]", "shape must be an object; it is 1")]
    [InlineData("order", """[{"id":"x","name":""}]""", "order.id does not fit its schema")]
    [InlineData("order", """["\ud800"]""", "order must be an object; it is \"\\ud800\"")]
    [InlineData("orders", """[[{"id":1,"name":"x"},{"id":"x"}]]""", "orders[1].id does not fit its schema")]
    [InlineData("local", """["\ud800"]""", "a must be an integer (int32); it is \"\\ud800\"")]
    [InlineData("echo_text", """["\ud800"]""", "text must be a string of valid Unicode; it has half of a surrogate pair")]
    [InlineData("nothing_at_all", "[1]", "there are 1 params; the method takes none")]
    public async Task Params_that_do_not_fit_are_refused_with_a_sentence(string method, string parameters, string expected)
    {
        using var server = new RpcServer(add: Add);
        var error = JsonNode.Parse((await server.CallAsync(method, parameters))!)!["error"]!;
        Assert.Equal(-32602, (int)error["code"]!);
        Assert.Equal(expected, (string)error["data"]!);
    }

    [Fact]
    public void A_params_collection_is_added_and_a_missing_object_is_refused()
    {
        var handler = new JsonRpcHandler().Add("count", (params List<int> values) => values.Count);
        Assert.Equal(["count"], handler.MethodNames);
        Assert.Throws<ArgumentNullException>("target", () => handler.AddMethods((Shop)null!));
    }

    [Theory]
    [InlineData("throws", "-7")]
    [InlineData("throws_late", "-7")]
    [InlineData("breaks", "-32603")]
    [InlineData("breaks_late", "-32603")]
    [InlineData("infinite", "-32603")]
    public async Task Exceptions_become_errors(string method, string code)
    {
        using var server = new RpcServer(add: Add);
        var reply = await server.CallAsync(method, "[]");
        Assert.Equal(code, JsonNode.Parse(reply!)!["error"]!["code"]!.ToString());
        Assert.DoesNotContain("secret", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Services_the_request_and_the_user_are_passed_in()
    {
        await using var server = await RpcHttpServer.StartAsync(new JsonRpcHandler()
            .Add("who", (RequestContext context, JsonRpcCall call, ILoggerFactory loggers, IServiceProvider services) =>
                $"{context.Request.Method} {call.Method} {loggers == services.GetService<ILoggerFactory>()}")
            .Add("user", (System.Security.Claims.ClaimsPrincipal user, string prefix) => prefix + user.Identity?.IsAuthenticated)
            .Add("scoped", ([JsonRpcService] System.Text.StringBuilder text, int a) => $"{text}{a}")
            .Add("absent", (IShop? shop) => shop is null)
            .Add("keyed", ([FromKeyedServices("other")] System.Text.StringBuilder text) => $"{text}")
            .Add("missing", (IShop shop) => shop.ToString()));
        Assert.Contains("\"POST who True\"", await server.CallAsync("who", "[]"), StringComparison.Ordinal);
        Assert.Contains("\"user: False\"", await server.CallAsync("user", "[\"user: \"]"), StringComparison.Ordinal);
        Assert.Contains("\"!5\"", await server.CallAsync("scoped", "[5]"), StringComparison.Ordinal);
        Assert.Contains("true", await server.CallAsync("absent", "[]"), StringComparison.Ordinal);
        Assert.Contains("\"?\"", await server.CallAsync("keyed", "[]"), StringComparison.Ordinal);
        Assert.Contains("-32603", await server.CallAsync("missing", "[]"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_that_is_missing_is_reported_when_the_server_starts()
    {
        using var server = new RpcServer(add: handler => handler
            .Add("missing", (IShop shop, ILoggerFactory loggers, CancellationToken token) => 1)
            .Add("absent", (IShop? shop) => 1)
            .AddMethods<Box>("box."));
        Assert.Equal(
            [
                $"The method missing takes {typeof(IShop)} from the services",
                $"The method box.open takes {typeof(Box)} from the services",
            ],
            server.Log.Entries.Select(entry => entry.Message[..entry.Message.IndexOf(',', StringComparison.Ordinal)]));
    }

    [Fact]
    public async Task The_methods_of_an_object_have_the_names_of_its_interface()
    {
        using var server = new RpcServer(add: handler => handler.AddMethods(new Shop(), "shop."));
        Assert.Equal("""{"jsonrpc":"2.0","result":3,"id":1}""", await server.CallAsync("shop.add", """{"a":1,"b":2}"""));
        Assert.Equal("""{"jsonrpc":"2.0","result":11,"id":1}""", await server.CallAsync("shop.add", "[1]"));
        Assert.Contains("-32602", await server.CallAsync("shop.add", """{"first":1,"second":2}"""), StringComparison.Ordinal);
        Assert.Equal(
            ["shop.add", "shop.find", "shop.list", "shop.get_trace", "shop.clear", "shop.fail", "shop.wait"],
            server.Handler.MethodNames.Where(name => name.StartsWith("shop.", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_name_is_checked_when_the_method_is_added()
    {
        var handler = new JsonRpcHandler().Add("a", () => 1);
        var name = string.Concat("rpc", ".a");
        Assert.Contains("rpc.a", Assert.Throws<ArgumentException>(() => handler.Add(name, () => 1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => handler.AddMethods(new Shop(), name));
    }

    private static void Add(JsonRpcHandler handler)
    {
        static int Local(int a) => a + 1;
        var shop = new Selling("shop");
        handler
            .Add("plus", (long a, long b) => a + b)
            .Add("optional", (int a, int b = 3, string? c = null) => $"{a} {b} {c}")
            .Add("sum", (params long[] values) => values.Sum())
            .Add("integers", (sbyte a, byte b, short c, ushort d, int e, uint f, long g, ulong h) => h)
            .Add("numbers", (float a, double b, decimal c) => new[] { new decimal(a), new decimal(b), c })
            .Add("texts", (char a, Guid b, DateTimeOffset c, TimeSpan d, DateOnly e, byte[] f) => $"{a} {b} {c:O} {d} {e:O} {f.Length}")
            .Add("any", (JsonElement value) => value)
            .Add("shape", (Shape shape) => shape)
            .Add("shapes", (List<Shape> shapes) => shapes.Count)
            .Add("bytes", (params byte[] data) => data.Length)
            .Add("maybe_rest", (params int[]? values) => values!.Length)
            .Add("version", (Version version) => version)
            .Add("unannotated", () => new List<int[]>[] { [null!], null! }.Select(list => list?[0]))
            .Add("colour", (Colour colour) => colour)
            .Add("access", (Access access) => access)
            .Add("size", (ParcelSize size) => size)
            .Add("lists", (List<int> a, IReadOnlyList<string?> b, IEnumerable<int[]> c) => new[] { a.Count, b.Count, c.Count() })
            .Add("order", (Order order) => order)
            .Add("orders", (Order[] orders, List<Order>? more) => orders.Length + (more?.Count ?? 0))
            .Add("map", (Dictionary<string, int> map) => map)
            .Add("nothing_at_all", () => { })
            .Add("task", () => Task.CompletedTask)
            .Add("late", async (int a) =>
            {
                await Task.Yield();
                return 2 * a;
            })
            .Add("value_task", (int a) => new ValueTask<int>(2 * a))
            .Add("late_value_task", LateAsync)
            .Add("gone", () => Task.FromResult<string?>(null))
            .Add("static", Selling.Twice)
            .Add("instance", shop.Sell)
            .Add("local", Local)
            .Add("renamed", ([JsonRpcName("from")] int start) => start)
            .Add("token", (CancellationToken token) => token.IsCancellationRequested)
            .Add("echo_text", (string text) => text)
            .Add("throws", int () => throw new JsonRpcException(-7, "No"))
            .Add("throws_late", async () =>
            {
                await Task.Yield();
                throw new JsonRpcException(-7, "No");
            })
            .Add("breaks", int () => throw new InvalidOperationException("secret"))
            .Add("breaks_late", async () =>
            {
                await Task.Yield();
                throw new InvalidOperationException("secret");
            })
            .Add("infinite", () => double.PositiveInfinity);
    }

    private static async ValueTask<int> LateAsync(int a)
    {
        await Task.Yield();
        return 2 * a;
    }

    internal sealed class Box
    {
        public bool Open() => true;
    }

    private sealed class Selling(string name)
    {
        public static int Twice(int a) => 2 * a;

        public string Sell(Order order) => $"{name} {order.Name}";
    }
}
