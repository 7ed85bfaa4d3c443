// Owns: the tests of generated clients over a real server, and of replies that are none.

using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using TinyHost.JsonRpc.Tests.Support;
using TinyHost.JsonRpc.Tests.Typed;
using TinyHost.Tests.Support;

namespace TinyHost.JsonRpc.Tests.Client;

public sealed class JsonRpcClientTests
{
    [Fact]
    public async Task A_client_calls_what_the_interface_declares()
    {
        var shop = new Shop();
        await using var server = await RpcHttpServer.StartAsync(new JsonRpcHandler().AddMethods<IShop>(shop, "shop."));
        var client = new ShopClient(new JsonRpcClient(server.Client, "/rpc"), "shop.");
        Assert.Equal(3, await client.AddAsync(1, 2));
        Assert.Equal(11, await client.AddAsync(1));
        Assert.Equal(new Order((int)ParcelSize.Large, "x"), await client.FindAsync("x", ParcelSize.Large));
        Assert.Equal(new Order(-1, "x"), await client.FindAsync("x"));
        Assert.Null(await client.FindAsync("nothing"));
        Assert.Equal(
            [new Order(1, "a", new Order(0, "b")), new Order(7, "new"), new Order(8, "new")],
            await client.ListAsync([new Order(1, "a", new Order(0, "b"))], 7, 8));
        await client.ClearAsync();
        Assert.True(shop.IsCleared);
    }

    [Fact]
    public async Task An_error_of_the_server_is_an_exception_with_code_message_and_data()
    {
        await using var server = await RpcHttpServer.StartAsync(new JsonRpcHandler().AddMethods<IShop>(new Shop()));
        var client = new JsonRpcClient(server.Client, "/rpc");
        var error = (await Assert.ThrowsAsync<JsonRpcException>(() => new ShopClient(client).FailAsync(-7))).Error;
        Assert.Equal((-7, "No luck", """{"code":-7}"""), (error.Code, error.Message, error.Data?.ToJsonString()));
        var unknown = (await Assert.ThrowsAsync<JsonRpcException>(() => client.CallAsync("unknown"))).Error;
        Assert.Equal((-32601, null), (unknown.Code, unknown.Data));
    }

    [Fact]
    public async Task Methods_are_called_by_name_and_notified()
    {
        var notified = new TaskCompletionSource<int>();
        await using var server = await RpcHttpServer.StartAsync(new JsonRpcHandler()
            .Add("plus", (int a, int b) => a + b)
            .Add("note", (int a) => notified.SetResult(a)));
        var client = new JsonRpcClient(server.Client, "/rpc");
        Assert.Equal(3, (await client.CallAsync("plus", new JsonArray(1, 2))).GetInt32());
        Assert.Equal(3, (await client.CallAsync("plus", new JsonObject { ["b"] = 1, ["a"] = 2 })).GetInt32());
        await client.NotifyAsync("note", new JsonArray(5));
        Assert.Equal(5, await notified.Task);
        await Assert.ThrowsAsync<ArgumentException>(() => client.CallAsync("plus", JsonValue.Create(1)));
    }

    [Fact]
    public async Task A_batch_is_one_request_in_which_each_call_has_its_own_result()
    {
        var requests = 0;
        await using var server = await RpcHttpServer.StartAsync(
            new JsonRpcHandler().AddMethods<IShop>(new Shop()),
            app => context =>
            {
                requests++;
                return app(context);
            });
        var batch = new JsonRpcClient(server.Client, "/rpc").CreateBatch();
        var shop = new ShopClient(batch);
        var sum = shop.AddAsync(1, 2);
        var failure = shop.FailAsync(-7);
        var cleared = shop.ClearAsync();
        var noted = batch.NotifyAsync("clear");
        var found = shop.FindAsync("x");
        Assert.Equal(5, batch.Count);

        await batch.SendAsync();

        Assert.Equal(1, requests);
        Assert.Equal(3, await sum);
        Assert.Equal(-7, (await Assert.ThrowsAsync<JsonRpcException>(() => failure)).Error.Code);
        await cleared;
        await noted;
        Assert.Equal("x", (await found)!.Name);
        await Assert.ThrowsAsync<InvalidOperationException>(() => batch.SendAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => shop.AddAsync(1, 2));
    }

    [Fact]
    public async Task A_batch_of_nothing_sends_nothing_and_one_of_notifications_needs_no_reply()
    {
        using var http = new HttpClient(new Answers(HttpStatusCode.NoContent, "")) { BaseAddress = new Uri("http://shop/") };
        var client = new JsonRpcClient(http);
        await client.CreateBatch().SendAsync();
        var batch = client.CreateBatch();
        var noted = batch.NotifyAsync("a");
        await batch.SendAsync();
        await noted;
    }

    [Fact]
    public async Task An_error_of_the_whole_batch_is_that_of_each_call()
    {
        var reply = """{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null}""";
        using var http = new HttpClient(new Answers(HttpStatusCode.OK, reply)) { BaseAddress = new Uri("http://shop/") };
        var batch = new JsonRpcClient(http).CreateBatch();
        var call = batch.CallAsync("a");
        Assert.Equal(-32600, (await Assert.ThrowsAsync<JsonRpcException>(() => batch.SendAsync())).Error.Code);
        Assert.Equal(-32600, (await Assert.ThrowsAsync<JsonRpcException>(() => call)).Error.Code);
    }

    [Fact]
    public async Task A_call_that_a_batch_reply_lacks_fails_alone()
    {
        var reply = """[{"jsonrpc":"2.0","result":1,"id":2},{"jsonrpc":"2.0","result":2,"id":9}]""";
        using var http = new HttpClient(new Answers(HttpStatusCode.OK, reply)) { BaseAddress = new Uri("http://shop/") };
        var batch = new JsonRpcClient(http).CreateBatch();
        var (lost, found) = (batch.CallAsync("a"), batch.CallAsync("b"));
        await batch.SendAsync();
        Assert.Equal(1, (await found).GetInt32());
        Assert.Contains("'a'", (await Assert.ThrowsAsync<InvalidDataException>(() => lost)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"jsonrpc":"2.0","id":1}""")]
    [InlineData("""{"jsonrpc":"1.0","result":1,"id":1}""")]
    [InlineData("""{"jsonrpc":"2.0","result":1,"id":2}""")]
    [InlineData("""{"jsonrpc":"2.0","result":1,"error":{"code":1,"message":""},"id":1}""")]
    [InlineData("""{"jsonrpc":"2.0","error":{"code":"1","message":""},"id":1}""")]
    [InlineData("""{"jsonrpc":"2.0","error":7,"id":1}""")]
    [InlineData("""{"jsonrpc":"2.0","error":{"code":1,"message":"\ud800"},"id":1}""")]
    [InlineData("""{"jsonrpc":"2.0","result":1,"id":1}{}""")]
    [InlineData("""{"jsonrpc":"2.0","result":"text","id":1}""")]
    [InlineData("""{"jsonrpc":"2.0","result":null,"id":1}""")]
    public async Task A_reply_that_is_none_is_refused(string reply)
    {
        using var http = new HttpClient(new Answers(HttpStatusCode.OK, reply)) { BaseAddress = new Uri("http://shop/") };
        var shop = new ShopClient(new JsonRpcClient(http));
        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => shop.AddAsync(1, 2));
        Assert.Contains("'add'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_data_of_an_error_and_a_result_may_have_half_a_surrogate_pair()
    {
        var error = """{"jsonrpc":"2.0","error":{"code":1,"message":"No","data":"\ud800"},"id":1}""";
        using var failing = new HttpClient(new Answers(HttpStatusCode.OK, error)) { BaseAddress = new Uri("http://shop/") };
        Assert.Equal(1, (await Assert.ThrowsAsync<JsonRpcException>(() => new JsonRpcClient(failing).CallAsync("a"))).Error.Code);
        using var answering = new HttpClient(new Answers(HttpStatusCode.OK, """{"jsonrpc":"2.0","result":"\ud800","id":1}"""))
        {
            BaseAddress = new Uri("http://shop/"),
        };
        Assert.Equal("\"\\ud800\"", (await new JsonRpcClient(answering).CallAsync("a")).GetRawText());
    }

    [Fact]
    public async Task An_HTTP_error_is_an_exception_with_its_status_unless_it_carries_an_error_of_JSON_RPC()
    {
        using var plain = new HttpClient(new Answers(HttpStatusCode.BadGateway, "<html>")) { BaseAddress = new Uri("http://shop/") };
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => new JsonRpcClient(plain).CallAsync("a"));
        Assert.Equal((HttpStatusCode.BadGateway, "The server answered 'a' with status 502."), (failure.StatusCode, failure.Message));

        var reply = """{"jsonrpc":"2.0","error":{"code":-7,"message":"No"},"id":1}""";
        using var rpc = new HttpClient(new Answers(HttpStatusCode.InternalServerError, reply)) { BaseAddress = new Uri("http://shop/") };
        Assert.Equal(-7, (await Assert.ThrowsAsync<JsonRpcException>(() => new JsonRpcClient(rpc).CallAsync("a"))).Error.Code);
    }

    [Fact]
    public async Task A_call_has_a_deadline_and_can_be_cancelled()
    {
        var shop = new Shop();
        await using var server = await RpcHttpServer.StartAsync(new JsonRpcHandler().AddMethods<IShop>(shop));
        var time = new ManualTime();
        var client = new JsonRpcClient(server.Client, "/rpc") { Timeout = TimeSpan.FromSeconds(5), TimeProvider = time };
        var call = new ShopClient(client).WaitAsync(CancellationToken.None);
        await shop.Waiting.Task;
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(
            "The server has not answered 'wait' within 5 s.", (await Assert.ThrowsAsync<TimeoutException>(() => call)).Message);

        using var cancellation = new CancellationTokenSource();
        var other = new ShopClient(client).AddAsync(1, 2, cancellation.Token);
        await other;
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new ShopClient(client).AddAsync(1, 2, cancellation.Token));
    }

    [Fact]
    public async Task The_server_gets_the_trace_of_the_client()
    {
        Activity? span = null;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "TinyHost.JsonRpc.Client",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = stopped => span = stopped.GetTagItem("rpc.method") as string == "get_trace" ? stopped : span,
        };
        ActivitySource.AddActivityListener(listener);
        await using var server = await RpcHttpServer.StartAsync(
            new JsonRpcHandler().Add("get_trace", (RequestContext context) => context.Request.Fields["traceparent"]));
        var trace = await new ShopClient(new JsonRpcClient(server.Client, "/rpc")).TraceAsync();
        Assert.Equal(ActivityKind.Client, span!.Kind);
        Assert.Contains($"-{span.TraceId}-", trace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_call_marks_its_span()
    {
        Activity? span = null;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "TinyHost.JsonRpc.Client",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = stopped => span = stopped.OperationName == "fails" ? stopped : span,
        };
        ActivitySource.AddActivityListener(listener);
        var reply = """{"jsonrpc":"2.0","error":{"code":-7,"message":"No"},"id":1}""";
        using var http = new HttpClient(new Answers(HttpStatusCode.OK, reply)) { BaseAddress = new Uri("http://shop/") };
        await Assert.ThrowsAsync<JsonRpcException>(() => new JsonRpcClient(http).CallAsync("fails"));
        Assert.Equal((ActivityStatusCode.Error, "-7"), (span!.Status, span.GetTagItem("error.type")));
    }

    /// <summary>Answers every request alike.</summary>
    private sealed class Answers(HttpStatusCode status, string content) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(status) { Content = new StringContent(content) });
    }
}
