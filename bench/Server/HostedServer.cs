// Owns: running TinyHost in a Generic Host.

using System.Runtime.CompilerServices;
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
        var host = builder.Build();
        return arguments.Workers is { } workers ? RunWithWorkersAsync(host, workers) : host.RunTinyHostAsync();
    }

    // A method of its own: the library is not loaded without workers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<int> RunWithWorkersAsync(IHost host, int workers) => host.RunTinyHostWorkersAsync(workers);
}
