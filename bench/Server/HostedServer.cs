// Owns: running TinyHost in a Generic Host.

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TinyHost.Bench.Shared;

namespace TinyHost.Bench.Server;

internal static class HostedServer
{
    public static Task RunAsync(ServerArguments arguments)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Services.AddTinyHost(pipeline => Chain.Fold(pipeline, arguments), options => Chain.Configure(options, arguments));
        return builder.Build().RunTinyHostAsync();
    }
}
