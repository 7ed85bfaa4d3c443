// Owns: the daemon: its methods, services, pipeline and routes.

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost;
using TinyHost.JsonRpc;
using TinyHost.Metrics;

// appsettings.json is loaded from the program's directory: a service starts in a system directory.
var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
#if WINDOWS_SERVICE
builder.Services.AddTinyHostWindowsService();
#endif
var started = Environment.TickCount64;
var rpc = new JsonRpcHandler();
rpc.Add("add", (Number a, Number b) => a + b)
    .Add("subtract", (Number minuend, Number subtrahend) => minuend - subtrahend)
    .Add("sum", (JsonRpcCall call, params Number[] values) => call.Params.Span.Contains((byte)'[')
        ? values.Aggregate(new Number(0, 0), (sum, value) => sum + value)
        : throw new JsonRpcException(JsonRpcError.InvalidParams("values is missing; it must be an array of numbers")))
    .Add("echo", call =>
    {
        call.Result.WriteRawValue(call.Params.IsEmpty ? "null"u8 : call.Params.Span, skipInputValidation: true);
        return default;
    })
    .Add("status", () => new Health("ok", (Environment.TickCount64 - started) / 1e3, [.. rpc.MethodNames]));
builder.Services.AddTinyHost(pipeline => pipeline
    .UseErrors().UseJsonRpcPage(rpc).UseMetrics(port: 9100)
    .Run(new Routes().Post("/rpc", rpc)));
return await builder.Build().RunTinyHostWorkersAsync();
