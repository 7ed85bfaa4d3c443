// Owns: a daemon with handlers that end-to-end tests need and the examples lack.

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TinyHost;
using TinyHost.EndToEnd.Daemon;
using TinyHost.Metrics;

var failing = new FailingService();
var page = new WebSocketPage();
var threads = new SocketThreadHandlers();
using var recorder = new Recorder();
using var poolThreads = new PoolThreadHandlers();
var routes = new Routes()
    .Post("/echo", Handlers.EchoAsync)
    .Post("/length", Handlers.LengthAsync)
    .Post("/hash", Handlers.HashAsync)
    .Get("/zeros/{length}", Handlers.ZerosAsync)
    .Get("/shared", Handlers.SharedAsync)
    .Get("/collect", Handlers.CollectAsync)
    .Get("/id/{id}", Handlers.IdAsync)
    .Get("/environment/{name}", Handlers.EnvironmentAsync)
    .Get("/thread", SocketThreadHandlers.GetThreadKindAsync)
    .Get("/block/{id}", threads.BlockAsync)
    .Get("/block-after-socket", threads.BlockAfterSocketAsync)
    .Get("/pool-thread/hold", poolThreads.HoldAsync)
    .Get("/pool-thread/hold-after-await", poolThreads.HoldAfterAwaitAsync)
    .Post("/pool-thread/release", poolThreads.ReleaseAsync)
    .Get("/pool-thread/minimum", PoolThreadHandlers.GetMinimumAsync)
    .Get("/websocket", page.GetAsync)
    .Get("/websocket/echo", page.EchoAsync)
    .Get("/websocket/picture", page.WaitAsync)
    .Post("/websocket/result", page.FinishAsync)
    .Get("/restart/process", RestartHandlers.ProcessAsync)
    .Get("/restart/stream", RestartHandlers.StreamAsync)
    .Get("/restart/websocket", RestartHandlers.EchoAsync)
    .Post("/record", recorder.RecordAsync)
    .Post("/series/{count}", recorder.CreateSeriesAsync)
    .Get("/scrape-type", recorder.GetScrapeTypeAsync)
    .Post("/batch", Handlers.WriteBatchAsync)
    .Post("/fail", failing.FailAsync);

var builder = Host.CreateApplicationBuilder(args);
using var starts = builder.Configuration.GetValue("Test:CountThreadStarts", defaultValue: false) ? new ThreadStarts() : null;
if (starts is not null)
{
    routes.Get("/thread-starts", starts.CountAsync);
}

var hasMetrics = builder.Configuration.GetValue("Test:Metrics", defaultValue: true);
if (builder.Configuration.GetValue("Test:SocketFirst", defaultValue: false))
{
    await SocketThreadHandlers.AwaitSocketAsync();
}

builder.Logging.AddProvider(threads);
builder.Services.AddSingleton<IHostedService>(failing);
var recordsScrapeType = builder.Configuration.GetValue("Test:RecordScrapeType", defaultValue: false);
builder.Services.AddTinyHost(pipeline =>
{
    if (recordsScrapeType)
    {
        pipeline.Use(recorder.RecordScrapeType);
    }

    return (hasMetrics ? pipeline.UseErrors().UseMetrics(port: 9100) : pipeline.UseErrors()).Run(routes);
});
return await builder.Build().RunTinyHostWorkersAsync();
