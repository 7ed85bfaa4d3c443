// Owns: running Kestrel as the daemon that people write: an access log, problem details, metrics, spans, scoped services.

using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TinyHost.Bench.Shared;

namespace TinyHost.Bench.Peers.Kestrel;

internal static class DaemonServer
{
    public static async Task RunAsync(ServerArguments arguments)
    {
        var builder = WebApplication.CreateSlimBuilder();
        // The framework's own lines say the same as the access log, in two lines for each request. New projects turn them off.
        builder.Logging.ClearProviders().AddProvider(new LogFile()).AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Listen(IPAddress.Loopback, arguments.Port);
        });
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton<Shop>().AddScoped<OrderBook>();
        await using var app = builder.Build();
        app.Use(new RequestLog(app.Services.GetRequiredService<ILogger<RequestLog>>()).InvokeAsync);
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapGet("/", Handlers.TextAsync);
        app.MapGet("/orders", ReadPageAsync);
        app.MapGet("/orders/{id:long}", ReadAsync);
        app.MapPost("/orders", PlaceAsync);
        using var metrics = MetricsListener.Start();
        using var spans = SpanListener.Start("Microsoft.AspNetCore");
        await app.RunAsync();
    }

    private static Task ReadPageAsync(HttpContext context)
    {
        var page = int.TryParse(context.Request.Query["page"], CultureInfo.InvariantCulture, out var number) ? number : 1;
        return context.Response.WriteAsJsonAsync(Book(context).Page(page), ShopJson.Default.PlacedOrderArray);
    }

    private static Task ReadAsync(HttpContext context)
    {
        var id = long.Parse((string)context.Request.RouteValues["id"]!, CultureInfo.InvariantCulture);
        return Book(context).Find(id) is { } order
            ? context.Response.WriteAsJsonAsync(order, ShopJson.Default.PlacedOrder)
            : TypedResults.Problem(detail: "no such order", statusCode: 404).ExecuteAsync(context);
    }

    private static async Task PlaceAsync(HttpContext context)
    {
        var order = Book(context).Place((await context.Request.ReadFromJsonAsync(ShopJson.Default.Order))!);
        context.Response.StatusCode = 201;
        await context.Response.WriteAsJsonAsync(order, ShopJson.Default.PlacedOrder);
    }

    private static OrderBook Book(HttpContext context) => context.RequestServices.GetRequiredService<OrderBook>();
}
