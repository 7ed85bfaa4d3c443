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

var routes = new Routes()
    .Get("/jobs", context => context.Response.WriteTextAsync($"{queue.Count} jobs wait."))
    .Post("/jobs", async context =>
    {
        // The content is at most as long as TinyHost:Limits:MaxRequestBodySize.
        using var reader = new StreamReader(context.Request.Body.AsStream());
        queue.Add(await reader.ReadToEndAsync(context.Aborted));
        context.Response.StatusCode = 202;
    });

// Health checks (/-/healthy and /-/ready) are on the port of the metrics, too.
builder.Services.AddTinyHost(pipeline => pipeline
    .UseAccessLog()
    .UseErrors(problemDetails: true)
    .UseMetrics(prefix: "metrics", health: health => health
        .Add("queue", _ => Task.FromResult(
            queue.Count < 1_000 ? HealthResult.Healthy : HealthResult.Unhealthy($"{queue.Count} jobs wait"))))
    .UseTimeout(TimeSpan.FromSeconds(30))
    .Run(routes));
return await builder.Build().RunTinyHostAsync();
