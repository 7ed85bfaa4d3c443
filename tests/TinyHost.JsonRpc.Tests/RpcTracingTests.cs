// Owns: tests of the span of each call.

using System.Collections.Concurrent;
using System.Diagnostics;
using TinyHost.JsonRpc.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.JsonRpc.Tests;

// A listener makes every call in the process allocate, also those of tests that count what calls allocate.
[Collection(Alone.Name)]
public sealed class RpcTracingTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;
    private readonly Activity _parent = new Activity("test").Start();

    public RpcTracingTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "TinyHost.JsonRpc",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == _parent.TraceId ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    [Fact]
    public async Task Each_call_has_a_span_below_the_request()
    {
        using var server = new RpcServer(add: handler => handler.Add("inner", async call =>
        {
            await Task.Yield();
            call.Result.WriteStringValue(Activity.Current!.OperationName + Activity.Current.GetTagItem("jsonrpc.request.id"));
            return null;
        }));
        var reply = await server.CallAsync(
            """[{"jsonrpc":"2.0","method":"inner","id":"a"},{"jsonrpc":"2.0","method":"add","params":[1,2]}]""");
        Assert.Equal("""[{"jsonrpc":"2.0","result":"innera","id":"a"}]""", reply);
        Assert.Same(_parent, Activity.Current);
        Assert.Equal(["inner", "add"], _spans.Select(span => span.DisplayName));
        Assert.All(_spans, span =>
        {
            Assert.Equal((ActivityKind.Server, _parent.SpanId), (span.Kind, span.ParentSpanId));
            Assert.Equal("jsonrpc", span.GetTagItem("rpc.system.name"));
            Assert.Equal(span.DisplayName, span.GetTagItem("rpc.method"));
            Assert.Equal("2.0", span.GetTagItem("jsonrpc.protocol.version"));
            Assert.Null(span.GetTagItem("error.type"));
            Assert.Equal(ActivityStatusCode.Unset, span.Status);
        });
        Assert.Equal(["a", null], _spans.Select(span => span.GetTagItem("jsonrpc.request.id")));
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","method":"throw","id":7}""", "throw", "-32603", "System.InvalidOperationException", "7", null)]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":[],"id":null}""", "add", "-32602", "-32602", "null", null)]
    [InlineData("""{"jsonrpc":"2.0","method":"nobody","id":7}""", "jsonrpc", "-32601", "-32601", "7", "nobody")]
    [InlineData("""{"id":7}""", "jsonrpc", "-32600", "-32600", "7", null)]
    public async Task The_span_of_a_call_that_fails_has_its_error(
        string message, string name, string code, string type, string id, string? original)
    {
        using var server = new RpcServer();
        await server.CallAsync(message);
        var span = Assert.Single(_spans);
        Assert.Equal((name, ActivityStatusCode.Error), (span.DisplayName, span.Status));
        Assert.Equal(name == "jsonrpc" ? "_OTHER" : name, span.GetTagItem("rpc.method"));
        Assert.Equal(
            (code, type, id, original),
            (span.GetTagItem("rpc.response.status_code"), span.GetTagItem("error.type"), span.GetTagItem("jsonrpc.request.id"),
                span.GetTagItem("rpc.method_original")));
    }

    [Fact]
    public async Task A_sampler_that_throws_is_reported_and_the_call_is_answered()
    {
        using var broken = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "TinyHost.JsonRpc",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == _parent.TraceId ? throw new IOException("broken") : ActivitySamplingResult.None,
        };
        ActivitySource.AddActivityListener(broken);
        using var server = new RpcServer();
        Assert.Contains("\"result\":3", await server.CallAsync("add", "[1,2]"), StringComparison.Ordinal);
        Assert.Contains("An activity listener failed", Assert.Single(server.Log.Entries).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _parent.Dispose();
    }
}
