// Owns: which path of the benchmarks has which handler.
// Does not own: the handlers.

using JsonRpc;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Bench.Shared;

namespace TinyHost.Bench.Server;

internal static class AllRoutes
{
    public static Routes Create()
    {
        var settings = new RpcSettings();
        var dispatcher = new RpcDispatcher(RpcExample.Methods(), new RpcInstruments(new BenchMeterFactory()), settings, NullLogger<RpcDispatcher>.Instance);
        return new Routes()
            .Get("/", Handlers.TextAsync)
            .Get("/mebibyte", Handlers.MebibyteAsync)
            .Get("/allocated", Handlers.AllocatedAsync)
            .Post("/upload", Handlers.UploadAsync)
            .Post("/json", Handlers.JsonAsync)
            .Post("/rpc", new RpcEndpoint(dispatcher, settings).HandleAsync);
    }
}
