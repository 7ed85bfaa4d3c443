// Owns: the example's dispatcher without HTTP, with the example's methods and some that misbehave.

using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using JsonRpc;
using JsonRpc.Methods;
using Microsoft.Extensions.Logging.Abstractions;

namespace TinyHost.EndToEnd.Support;

/// <summary>Dispatches messages in memory.</summary>
internal sealed class RpcServer : IDisposable
{
    private readonly MeterFactory _meters = new();

    public RpcServer(RpcSettings? settings = null)
    {
        var methods = RpcExample.Methods()
            .Add("throw", _ => throw new InvalidOperationException("secret"))
            .Add("throw_late", async call =>
            {
                call.Result.WriteStartArray();
                await Task.Yield();
                throw new InvalidOperationException("secret");
            })
            .Add("unfinished", call =>
            {
                call.Result.WriteStartArray();
                return default;
            })
            .Add("nothing", _ => default);
        Dispatcher = new RpcDispatcher(
            methods, new RpcInstruments(_meters), settings ?? new RpcSettings(), NullLogger<RpcDispatcher>.Instance);
    }

    public RpcDispatcher Dispatcher { get; }

    /// <summary>The reply to a message; null if there is none.</summary>
    public async Task<string?> CallAsync(string message) => await CallAsync(Encoding.UTF8.GetBytes(message));

    /// <summary>The reply to a message; null if there is none.</summary>
    public async Task<string?> CallAsync(ReadOnlyMemory<byte> message)
    {
        var reply = new ArrayBufferWriter<byte>();
        var replied = await Dispatcher.DispatchAsync(message, reply, TestContext.Current.CancellationToken);
        Assert.Equal(replied, reply.WrittenCount > 0);
        return replied ? Encoding.UTF8.GetString(reply.WrittenSpan) : null;
    }

    public void Dispose() => _meters.Dispose();

    private sealed class MeterFactory : IMeterFactory
    {
        private readonly List<Meter> _created = [];

        public Meter Create(MeterOptions options)
        {
            options.Scope = this;
            var meter = new Meter(options);
            _created.Add(meter);
            return meter;
        }

        public void Dispose() => _created.ForEach(meter => meter.Dispose());
    }
}
