// Owns: running TinyHost without a Generic Host.

using TinyHost.Bench.Shared;

namespace TinyHost.Bench.Server;

internal static class BareServer
{
    public static async Task RunAsync(ServerArguments arguments)
    {
        var options = new ServerOptions();
        Chain.Configure(options, arguments);
        var app = Chain.Fold(new Pipeline(), arguments);
        await using var server = new HttpServer(options, app);
        await server.StartAsync();
        await Task.Delay(Timeout.Infinite);
    }
}
