using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost;

var routes = new Routes()
    .Get("/hello", context => context.Response.WriteTextAsync("Hello from TinyHostProgram!"));

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
{
    Args = args,
    ContentRootPath = AppContext.BaseDirectory,
});
builder.Services.AddTinyHost(pipeline => pipeline
    .UseErrors()
    .UseMetrics(port: 9100)
    .Run(routes));
return await builder.Build().RunTinyHostAsync();
