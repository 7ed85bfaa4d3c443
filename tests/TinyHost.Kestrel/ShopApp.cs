// Owns: the shop of examples/Daemon written for Kestrel with minimal APIs. It differs from the example only where the two servers do.

using System.Net.ServerSentEvents;
using Daemon;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace TinyHost.Kestrel;

internal static class ShopApp
{
    /// <summary>The shop, on a free port of the loopback interface, with the settings of the example.</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        var settings = builder.Configuration.GetSection("Shop");
        var uploads = new Uploads(settings["Uploads"]!);
        var shop = new Shop();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(shop).AddScoped<OrderBook>();
        builder.Services.AddProblemDetails();
        builder.Services.AddRequestTimeouts(options => options.DefaultPolicy = new() { Timeout = TimeSpan.FromSeconds(30) });
        builder.Services.AddCors(options => options.AddDefaultPolicy(policy => policy
            .WithOrigins(settings["Origin"]!)
            .AllowCredentials()
            .WithMethods("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
            .WithHeaders("Content-Type", "Authorization")
            .WithExposedHeaders("X-Request-Id")));
        builder.Services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.RespectNullableAnnotations = true;
            options.SerializerOptions.RespectRequiredConstructorParameters = true;
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, ShopJson.Default);
        });

        var app = builder.Build();
        app.Use((context, next) =>
        {
            context.Response.OnStarting(() =>
            {
                context.Response.Headers["X-Request-Id"] = Guid.NewGuid().ToString();
                return Task.CompletedTask;
            });
            return next(context);
        });
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            StatusCodeSelector = exception => exception is BadHttpRequestException refusal ? refusal.StatusCode : 500,
        });
        app.UseStatusCodePages();
        app.UseCors();
        // Before the routes: one that takes the path with another method would keep the files from being served.
        UseFiles(app, settings["Files"]!, uploads.Folder);
        app.UseRouting();
        app.UseRequestTimeouts();
        MapOrders(app);
        MapUploads(app, uploads);
        MapSessions(app, shop);
        app.MapGet("/events", ([FromHeader(Name = "Last-Event-ID")] string? last) => TypedResults.ServerSentEvents(
            shop.FollowAsync(last).Select(order => new SseItem<Order>(order) { EventId = $"{order.Id}" }))).DisableRequestTimeout();
        return app;
    }

    private static void UseFiles(WebApplication app, string files, string uploads)
    {
        var options = new FileServerOptions { FileProvider = new PhysicalFileProvider(files) };
        options.StaticFileOptions.ServeUnknownFileTypes = true;
        app.UseFileServer(options);
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = new PhysicalFileProvider(uploads),
            RequestPath = "/uploads",
            ServeUnknownFileTypes = true,
        });
    }

    private static void MapOrders(WebApplication app)
    {
        app.MapGet("/api/orders", (OrderBook book, int page = 1) => book.Page(page));
        app.MapGet("/api/orders/{id:long}", (long id, OrderBook book) => book.Find(id) is { } order
            ? Results.Ok(order)
            : Results.Problem("no such order", statusCode: 404));
        app.MapPost("/api/orders", (NewOrder wanted, OrderBook book) =>
        {
            if (wanted.Quantity <= 0)
            {
                return Results.Problem("invalid content: quantity must be at least 1", statusCode: 400);
            }

            var order = book.Place(wanted);
            return Results.Created($"/api/orders/{order.Id}", order);
        });
    }

    private static void MapUploads(WebApplication app, Uploads uploads) =>
        app.MapPut("/uploads/{name}", async (string name, HttpRequest request, CancellationToken aborted) =>
        {
            await uploads.SaveAsync(name, request.Body, aborted);
            return Results.StatusCode(201);
        }).WithMetadata(new RequestSizeLimitAttribute(1_000_000));

    private static void MapSessions(WebApplication app, Shop shop)
    {
        app.MapPost("/login", ([FromForm] string user, HttpResponse response) =>
        {
            response.Cookies.Append(
                "session", shop.SignIn(user), new Microsoft.AspNetCore.Http.CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax });
            response.StatusCode = 303;
            response.Headers.Location = "/account";
        }).DisableAntiforgery();
        app.MapGet("/account", (HttpRequest request) => shop.UserOf(request.Cookies["session"]) is { } user
            ? Results.Ok(new Account(user))
            : Results.Problem("sign in first", statusCode: 401));
    }
}
