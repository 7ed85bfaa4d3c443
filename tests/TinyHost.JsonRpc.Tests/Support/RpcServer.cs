// Owns: a handler's server without HTTP, with methods that compute and some that misbehave.

using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.JsonRpc.Tests.Support;

/// <summary>Dispatches messages in memory.</summary>
internal sealed class RpcServer : IDisposable
{
    private static readonly JsonRpcSchema s_integer = JsonRpcSchema.FromText("""{"type":"integer","format":"int64"}""");
    private static readonly JsonRpcMethodInfo s_add = new("add", new("a", s_integer), new("b", s_integer)) { Result = s_integer };

    private readonly ServiceProvider _services;

    public RpcServer(
        JsonRpcOptions? options = null,
        Action<JsonRpcHandler>? add = null,
        bool isRecorded = true,
        params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
        _services = new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton(isRecorded ? Meters : (IMeterFactory)new PlainMeterFactory())
            .AddSingleton<ILoggerFactory>(Log)
            .AddSingleton<TimeProvider>(Time)
            .BuildServiceProvider();
        Handler = new JsonRpcHandler(options);
        AddMethods(Handler);
        add?.Invoke(Handler);
        Service = Handler.CreateService(_services);
    }

    public MeterRecorder Meters { get; } = new();

    public RecordingLogger Log { get; } = new();

    public ManualTime Time { get; } = new();

    public JsonRpcHandler Handler { get; }

    public RpcService Service { get; }

    public RpcDispatcher Dispatcher => Service.Dispatcher;

    /// <summary>Adds <c>add</c> as generated code would, <c>echo</c> and <c>nothing</c>, and methods that misbehave.</summary>
    public static void AddMethods(JsonRpcHandler handler) => handler
        .Add(s_add, Add)
        .Add("echo", call =>
        {
            if (!call.Params.IsEmpty)
            {
                call.Result.WriteRawValue(call.Params.Span);
            }

            return default;
        })
        .Add("nothing", _ => default)
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
        });

    /// <summary>The reply to a message; null if there is none.</summary>
    public Task<string?> CallAsync(string message) => CallAsync(Encoding.UTF8.GetBytes(message));

    /// <summary>The reply to a message; null if there is none.</summary>
    public async Task<string?> CallAsync(ReadOnlyMemory<byte> message)
    {
        var reply = new ArrayBufferWriter<byte>();
        var outcome = await Dispatcher.DispatchAsync(message, reply, context: null, TestContext.Current.CancellationToken);
        Assert.Equal(outcome.HasReply, reply.WrittenCount > 0);
        return outcome.HasReply ? Encoding.UTF8.GetString(reply.WrittenSpan) : null;
    }

    /// <summary>The reply to a call with id 1.</summary>
    public Task<string?> CallAsync(string method, string parameters) =>
        CallAsync($$"""{"jsonrpc":"2.0","method":"{{method}}","params":{{parameters}},"id":1}""");

    public void Dispose()
    {
        Service.Dispose();
        _services.Dispose();
        Meters.Dispose();
    }

    private static ValueTask<JsonRpcError?> Add(JsonRpcCall call)
    {
        long a = 0, b = 0;
        var arguments = new JsonRpcArguments(call, s_add);
        while (arguments.Next(out var index))
        {
            switch (index)
            {
                case 0:
                    a = arguments.Read<long, IntegerValue<long>>();
                    break;
                case 1:
                    b = arguments.Read<long, IntegerValue<long>>();
                    break;
            }
        }

        if (arguments.Error is not null)
        {
            return new(arguments.Error);
        }

        call.Result.WriteNumberValue(a + b);
        return default;
    }
}
