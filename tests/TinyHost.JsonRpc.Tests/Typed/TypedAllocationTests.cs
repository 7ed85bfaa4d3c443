// Owns: that a call of a typed method with simple types allocates nothing.

using System.Buffers;
using System.Diagnostics;
using System.Reflection;
using System.Text;
using TinyHost.JsonRpc.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.JsonRpc.Tests.Typed;

// The recorders of other tests would allocate for the measurements.
[Collection(Alone.Name)]
public sealed class TypedAllocationTests
{
    [Theory]
    [InlineData("plus", "[1,2]")]
    [InlineData("plus", """{"a":1,"b":2}""")]
    [InlineData("real", "[1.5]")]
    [InlineData("exact", "[1.5]")]
    [InlineData("flag", "[true]")]
    [InlineData("colour", "[\"Green\"]")]
    [InlineData("colour", "[1]")]
    [InlineData("id", "[\"6f9619ff-8b86-d011-b42d-00c04fc964ff\"]")]
    [InlineData("time", "[\"2020-01-02T03:04:05Z\"]")]
    [InlineData("maybe", "[null]")]
    [InlineData("value_task", "[1]")]
    [InlineData("shop.add_up", "[1,2]")]
    public void A_typed_call_allocates_nothing(string method, string parameters)
    {
        var isOptimized = typeof(RpcDispatcher).Assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled != true;
        Assert.SkipUnless(isOptimized, "needs optimized code (dotnet test -c Release): async methods allocate in a debug build");
        using var server = new RpcServer(isRecorded: false, add: handler => handler
            .Add("plus", (long a, long b) => a + b)
            .Add("real", (double a) => a)
            .Add("exact", (decimal a) => a)
            .Add("flag", (bool a) => a)
            .Add("colour", (Colour a) => a)
            .Add("id", (Guid a) => a)
            .Add("time", (DateTimeOffset a) => a)
            .Add("maybe", (int? a) => a)
            .Add("value_task", (int a) => new ValueTask<int>(a))
            .AddMethods(new Sums(), "shop."));
        var message = Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","method":"{{method}}","params":{{parameters}},"id":1}""");
        var reply = new ArrayBufferWriter<byte>(4_096);

        Call(1_000);
        Assert.Contains("\"result\"", Encoding.UTF8.GetString(reply.WrittenSpan), StringComparison.Ordinal);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Call(10_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Call(int times)
        {
            for (var i = 0; i < times; i++)
            {
                reply.ResetWrittenCount();
                var dispatch = server.Dispatcher.DispatchAsync(message, reply, context: null, CancellationToken.None);
                Assert.True(dispatch.IsCompletedSuccessfully && dispatch.Result.HasReply);
            }
        }
    }

    internal sealed class Sums
    {
        [JsonRpcName("add_up")]
        public long Add(long a, long b) => a + b;
    }
}
