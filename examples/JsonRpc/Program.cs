// Owns: composing the daemon: services, pipeline and routes.

using JsonRpc;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost;
using TinyHost.Metrics;

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
{
    Args = args,
    // Load appsettings.json from the program's directory: a service starts in a system directory.
    ContentRootPath = AppContext.BaseDirectory,
});
#if WINDOWS_SERVICE
// Takes effect only if Windows started the process as a service; the service then also logs to the event log.
builder.Services.AddTinyHostWindowsService();
#endif
builder.Services
    .AddSingleton(provider => RpcSettings.From(provider.GetRequiredService<IConfiguration>()))
    .AddSingleton(RpcExample.Methods())
    .AddSingleton<RpcInstruments>()
    .AddSingleton<RpcDispatcher>()
    .AddSingleton<RpcEndpoint>()
    .AddTinyHost(pipeline => pipeline
        .UseErrors()
        .UseMetrics(port: 9100)
        .Run(new Routes()
            .Post("/rpc", pipeline.Services!.GetRequiredService<RpcEndpoint>().HandleAsync)
            .HandleAsync));
return await builder.Build().RunTinyHostWorkersAsync();
