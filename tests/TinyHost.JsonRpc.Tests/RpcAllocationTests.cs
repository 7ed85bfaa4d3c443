// Owns: that a JSON-RPC call in steady state allocates nothing.

using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using TinyHost.JsonRpc.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.JsonRpc.Tests;

// The recorders of other tests would allocate for the measurements.
[Collection(Alone.Name)]
public sealed class RpcAllocationTests
{
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":[2,3],"id":1}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":{"b":2,"a":5},"id":"x"}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"refuse","id":1}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"nobody","id":1}""")]
    [InlineData("""[{"jsonrpc":"2.0","method":"add","params":[2,3],"id":1},{"jsonrpc":"2.0","method":"add","params":[2,3]}]""")]
    public void A_call_allocates_nothing_even_while_it_is_measured(string text)
    {
        var isOptimized = typeof(RpcDispatcher).Assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled != true;
        Assert.SkipUnless(isOptimized, "needs optimized code (dotnet test -c Release): async methods allocate in a debug build");
        var refusal = JsonRpcError.InvalidParams("none fit");
        using var server = new RpcServer(isRecorded: false, add: handler => handler.Add("refuse", _ => new(refusal)));
        using var listener = new MeterListener();
        var measured = 0;
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => measured++);
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == RpcInstruments.MeterName)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.Start();
        var message = System.Text.Encoding.UTF8.GetBytes(text);
        var reply = new ArrayBufferWriter<byte>(4_096);

        Call(1_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Call(10_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(measured >= 11_000);

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
}
