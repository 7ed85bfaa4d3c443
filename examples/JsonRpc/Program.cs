// Owns: putting the daemon together: services, chain, life.
// Does not own: JSON-RPC (RpcEndpoint and what is behind it).

using JsonRpc;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost;
using TinyHost.Metrics;

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
{
    Args = args,
    // Where appsettings.json is, wherever the daemon was started from: a service starts in the system's own directory.
    ContentRootPath = AppContext.BaseDirectory,
});
#if WINDOWS_SERVICE
// Does nothing unless Windows started the process as a service; then it also logs to the event log.
builder.Services.AddWindowsService(options => options.ServiceName = "TinyHost JSON-RPC");
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
return await builder.Build().RunTinyHostAsync();
