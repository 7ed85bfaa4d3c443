// Owns: the routes of the benchmarks.

using JsonRpc;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Bench.Shared;

namespace TinyHost.Bench.Server;

internal static class AllRoutes
{
    public static Routes Create()
    {
        var settings = new RpcSettings();
        var instruments = new RpcInstruments(new BenchMeterFactory());
        var dispatcher = new RpcDispatcher(RpcExample.Methods(), instruments, settings, NullLogger<RpcDispatcher>.Instance);
        return new Routes()
            .Get("/", Handlers.TextAsync)
            .Get("/mebibyte", Handlers.MebibyteAsync)
            .Get("/allocated", Handlers.AllocatedAsync)
            .Post("/upload", Handlers.UploadAsync)
            .Post("/json", Handlers.JsonAsync)
            .Post("/rpc", new RpcEndpoint(dispatcher, settings).HandleAsync);
    }
}
