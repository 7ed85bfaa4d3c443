// Owns: the code shown in docs/testing-your-app.md.

using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TinyHost.Testing.Tests;

#pragma warning disable xUnit1051, CA2000, CA1307 // As short as a page shows it.
public sealed class DocumentedTests
{
    [Fact]
    public async Task Hello_greets()
    {
        await using var app = TestServer.Start(Shop.Routes);
        Assert.Equal("Hello", await app.Client.GetStringAsync("/hello"));
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/other")).StatusCode);
    }

    [Fact]
    public async Task A_request_that_takes_too_long_is_answered_with_504()
    {
        var arrived = new TaskCompletionSource();
        await using var app = TestServer.Start(pipeline => pipeline
            .UseErrors()
            .UseTimeout(TimeSpan.FromSeconds(30))
            .Run(context =>
            {
                arrived.SetResult();
                return Task.Delay(Timeout.Infinite, context.Aborted);
            }));
        var answer = app.Client.GetAsync("/");
        await arrived.Task;
        app.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await answer).StatusCode);
    }

    [Fact]
    public async Task An_order_counts()
    {
        await using var app = TestServer.Start(Shop.Routes);
        await app.Client.PostAsync("/orders", null);
        Assert.Equal(1, app.Metrics.Sum("shop.orders", ("currency", "EUR")));
        Assert.Equal(1, app.Metrics.Count("http.server.request.duration", ("http.route", "/orders"), ("http.response.status_code", 201)));
    }

    [Fact]
    public async Task A_failure_is_logged_with_its_exception()
    {
        await using var app = TestServer.Start(pipeline => pipeline
            .UseErrors()
            .Run(context => throw new InvalidOperationException("out of tea")));
        Assert.Equal(HttpStatusCode.InternalServerError, (await app.Client.GetAsync("/")).StatusCode);
        Assert.Equal("out of tea", Assert.Single(app.Logs.Exceptions).Message);
        Assert.Equal("GET / failed on connection", app.Logs.Messages(LogLevel.Error).Single()[..26]);
    }

    [Fact]
    public async Task The_metrics_are_scraped_on_their_own_port()
    {
        await using var app = TestServer.Start(pipeline => pipeline.UseMetrics(port: 9100).Run(Shop.Routes));
        await app.Client.GetAsync("/hello");
        var text = await app.ClientFor(9100).GetStringAsync("/metrics");
        Assert.Contains("http_server_request_duration_seconds_count", text);
    }

    [Fact]
    public async Task Content_above_the_limit_is_refused()
    {
        await using var app = TestServer.Start(
            pipeline => pipeline.UseErrors().Run(async context =>
            {
                var text = await new StreamReader(context.Request.Body.AsStream()).ReadToEndAsync();
                context.Services.GetRequiredService<List<string>>().Add(text);
            }),
            addServices: services => services.AddSingleton(new List<string>()),
            configure: options => options.Limits.MaxRequestBodySize = 10);
        await app.Client.PutAsync("/", new StringContent("0123456789"));
        var refused = await app.Client.PutAsync("/", new StringContent("0123456789a"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal(["0123456789"], app.Services.GetRequiredService<List<string>>());
    }

    [Fact]
    public async Task The_daemon_serves_its_settings()
    {
        await using var app = await TestServer.StartHostAsync(host =>
        {
            host.Configuration["TinyHost:Prefixes:public"] = "http://+:8080/";
            host.Configuration["TinyHost:Prefixes:metrics"] = "http://127.0.0.1:9100/";
            host.Services.AddTinyHost(pipeline => pipeline.UseMetrics(prefix: "metrics").Run(Shop.Routes));
        });
        Assert.Equal("Hello", await app.ClientFor("public").GetStringAsync("/hello"));
        Assert.Equal("text/plain", (await app.ClientFor("metrics").GetAsync("/metrics")).Content.Headers.ContentType!.MediaType);
    }
}

internal static class Shop
{
    private static readonly Meter s_meter = new("Shop");
    private static readonly Counter<long> s_orders = s_meter.CreateCounter<long>("shop.orders");

    public static Routes Routes => new Routes()
        .Get("/hello", Hello)
        .Post("/orders", Order);

    public static Task Hello(RequestContext context) => context.Response.WriteTextAsync("Hello");

    private static Task Order(RequestContext context)
    {
        s_orders.Add(1, new KeyValuePair<string, object?>("currency", "EUR"));
        context.Response.StatusCode = 201;
        return Task.CompletedTask;
    }
}
