// Owns: TinyHost without a host around it.
// Does not own: its chain and its prefixes (Chain).

using TinyHost.Bench.Shared;

namespace TinyHost.Bench.Server;

internal static class BareServer
{
    public static async Task RunAsync(ServerArguments arguments)
    {
        var options = new ServerOptions();
        Chain.Configure(options, arguments);
        var app = Chain.Fold(new Pipeline(), arguments);
        // Recorded once the metrics stage listens, and before anyone can ask.
        using var series = new BenchSeries(arguments.Series);
        await using var server = new HttpServer(options, app);
        await server.StartAsync();
        await Task.Delay(Timeout.Infinite);
    }
}
