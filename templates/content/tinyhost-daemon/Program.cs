using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost;
using TinyHostDaemon;

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
{
    Args = args,
    ContentRootPath = AppContext.BaseDirectory,
});
var queue = new JobQueue();
builder.Services.AddSingleton(queue);
builder.Services.AddHostedService<Worker>();

// Health checks (/-/healthy and /-/ready) are on the port of the metrics, too.
builder.Services.AddTinyHost(pipeline => pipeline
    .UseAccessLog()
    .UseErrors(problemDetails: true)
    .UseMetrics(prefix: "metrics", health: health => health
        .Add("queue", _ => Task.FromResult(
            queue.Count < 1_000 ? HealthResult.Healthy : HealthResult.Unhealthy($"{queue.Count} jobs wait"))))
    .UseTimeout(TimeSpan.FromSeconds(30))
    .Run(Api.Routes(queue)));
return await builder.Build().RunTinyHostAsync();
