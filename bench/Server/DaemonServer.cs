// Owns: running TinyHost as the daemon that people write: a Generic Host, an access log, problem details, metrics, spans, scoped services.

using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TinyHost.Bench.Shared;
using TinyHost.Metrics;

namespace TinyHost.Bench.Server;

internal static class DaemonServer
{
    public static async Task RunAsync(ServerArguments arguments)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders().AddProvider(new LogFile());
        builder.Services.AddSingleton<Shop>().AddScoped<OrderBook>();
        builder.Services.AddTinyHost(
            pipeline => pipeline
                .UseAccessLog()
                .UseErrors(problemDetails: true)
                .UseMetrics(port: arguments.MetricsPort)
                .Run(CreateRoutes()),
            options => options.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{arguments.Port}/")));
        using var spans = SpanListener.Start("TinyHost");
        await builder.Build().RunTinyHostAsync();
    }

    private static Routes CreateRoutes() => new Routes()
        .Get("/", Handlers.TextAsync)
        .Get("/orders", c => c.Response.WriteJsonAsync(
            Book(c).Page(c.Request.Query.Get("page", 1)), ShopJson.Default.PlacedOrderArray))
        .Get("/orders/{id:long}", c => Book(c).Find(c.Request.RouteValues.Get<long>("id")) is { } order
            ? c.Response.WriteJsonAsync(order, ShopJson.Default.PlacedOrder)
            : c.Response.AnswerErrorAsync(404, "no such order"))
        .Post("/orders", async c =>
        {
            var order = Book(c).Place((await c.Request.ReadJsonAsync(ShopJson.Default.Order))!);
            c.Response.StatusCode = 201;
            await c.Response.WriteJsonAsync(order, ShopJson.Default.PlacedOrder);
        });

    private static OrderBook Book(RequestContext context) => context.Services.GetRequiredService<OrderBook>();
}
