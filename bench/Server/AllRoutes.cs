// Owns: the routes of the benchmarks.

using TinyHost.Bench.Shared;

namespace TinyHost.Bench.Server;

internal static class AllRoutes
{
    public static Routes Create() => new Routes()
        .Get("/", Handlers.TextAsync)
        .Get("/mebibyte", Handlers.MebibyteAsync)
        .Get("/allocated", Handlers.AllocatedAsync)
        .Post("/upload", Handlers.UploadAsync)
        .Post("/json", Handlers.JsonAsync)
        .Post("/rpc", RpcMethods.Create());
}
