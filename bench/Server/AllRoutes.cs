// Owns: the routes of the benchmarks.

using TinyHost.Bench.Shared;
using TinyHost.JsonRpc;

namespace TinyHost.Bench.Server;

internal static class AllRoutes
{
    public static Routes Create(ServerArguments arguments)
    {
        var routes = new Routes()
            .Get("/", Handlers.TextAsync)
            .Get("/mebibyte", Handlers.MebibyteAsync)
            .Get("/allocated", Handlers.AllocatedAsync)
            .Post("/upload", Handlers.UploadAsync)
            .Post("/json", Handlers.JsonAsync)
            .Get("/events", StreamHandlers.EventsAsync)
            .Post("/publish", StreamHandlers.PublishAsync)
            .Get("/echo", StreamHandlers.EchoAsync);
        if (arguments.Has("--rpc"))
        {
            AddRpc(routes, arguments);
        }

        if (arguments.FilesDirectory is { } folder)
        {
            routes.Get("/files/{*path}", Files.From(folder));
        }

        for (var i = 0; i < arguments.Routes; i++)
        {
            routes.Get($"/api/resource{i}/{{id}}", Handlers.RouteValueAsync);
        }

        return routes;
    }

    // A method of its own, so that a server without JSON-RPC does not load the library.
    private static void AddRpc(Routes routes, ServerArguments arguments)
    {
        var handler = arguments.Has("--typed") ? new JsonRpcHandler().Add("add", (long a, long b) => a + b) : RpcMethods.Create();
        routes.Post("/rpc", handler).Get("/rpc", handler);
    }
}
