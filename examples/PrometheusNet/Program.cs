// Owns: composing the worker service: the queue, the worker, and the app and metrics on their ports.

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PrometheusNet;
using TinyHost;

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
{
    Args = args,
    ContentRootPath = AppContext.BaseDirectory,
});
builder.Services
    .AddSingleton<OrderQueue>()
    .AddHostedService<OrderWorker>()
    .AddTinyHost(pipeline => pipeline
        .UseErrors()
        .UsePrometheusNet(port: 9100)
        .Run(new Routes().Post("/orders/{currency}/{items}", pipeline.Services!.GetRequiredService<OrderQueue>().AddAsync)));
return await builder.Build().RunTinyHostAsync();
