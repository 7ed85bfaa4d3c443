// Owns: a shop as a daemon: a JSON API, files, events, uploads, and a form that sets a cookie, for pages of another origin too.

using Daemon;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost;

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
var settings = builder.Configuration.GetSection("Shop");
var uploads = new Uploads(Path.Combine(AppContext.BaseDirectory, settings["Uploads"]!));
var shop = new Shop();
builder.Services.AddSingleton(shop).AddScoped<OrderBook>();
static OrderBook Book(RequestContext c) => c.Services.GetRequiredService<OrderBook>();

var routes = new Routes()
    .Get("/api/orders", c => c.Response.WriteJsonAsync(Book(c).Page(c.Request.Query.Get("page", 1)), ShopJson.Default.OrderArray))
    .Get("/api/orders/{id:long}", c => Book(c).Find(c.Request.RouteValues.Get<long>("id")) is { } order
        ? c.Response.WriteJsonAsync(order, ShopJson.Default.Order)
        : c.Response.AnswerErrorAsync(404, "no such order"))
    .Post("/api/orders", async c =>
    {
        var order = await c.Request.ReadJsonAsync(ShopJson.Default.NewOrder) is { Quantity: > 0 } wanted
            ? Book(c).Place(wanted)
            : throw new RequestRejectedException(RejectReason.InvalidContent, "Not an order.") { Detail = "quantity must be at least 1" };
        (c.Response.StatusCode, c.Response.Fields["Location"]) = (201, $"/api/orders/{order.Id}");
        await c.Response.WriteJsonAsync(order, ShopJson.Default.Order);
    })
    .Get("/uploads/{*path}", Files.From(uploads.Folder))
    .Put("/uploads/{name}", RequestLimits.Wrap(maxBodySize: 1_000_000, app: async c =>
    {
        await uploads.SaveAsync(c.Request.RouteValues["name"], c.Request.Body.AsStream(), c.Aborted);
        c.Response.StatusCode = 201;
    }))
    .Post("/login", async c =>
    {
        var user = (await c.Request.ReadFormAsync()).Get<string>("user");
        c.Response.SetCookie("session", shop.SignIn(user), new CookieOptions { HttpOnly = true, SameSite = SameSite.Lax });
        c.Response.Redirect("/account", 303);
    })
    .Get("/account", c => shop.UserOf(c.Request.Cookies["session"]) is { } user
        ? c.Response.WriteJsonAsync(new Account(user), ShopJson.Default.Account)
        : c.Response.AnswerErrorAsync(401, "sign in first"))
    .Get("/{*path}", Files.From(Path.Combine(AppContext.BaseDirectory, settings["Files"]!)));
var events = new Routes().Get("/", c => c.Response.WriteEventsAsync(shop.FollowAsync(c.Request.Fields["Last-Event-ID"])
    .Select(order => new ServerSentEvent(order.ToJson()) { Id = $"{order.Id}" })));

builder.Services.AddTinyHost(pipeline => pipeline
    .UseAccessLog()
    .UseErrors(problemDetails: true)
    .Use(next => c =>
    {
        c.Response.OnStarting(() => c.Response.Fields["X-Request-Id"] = Guid.NewGuid().ToString());
        return next(c);
    })
    .UseCors(new CorsOptions { Origins = { settings["Origin"]! }, AllowsCredentials = true, ExposedHeaders = { "X-Request-Id" } })
    .UseMetrics(port: 9100)
    .MapPath("/events", events) // Before the limit: a stream of events has none.
    .UseTimeout(new Setting(settings.GetSection("Timeout")).Time())
    .Run(routes));
return await builder.Build().RunTinyHostAsync();
