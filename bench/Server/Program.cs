// Owns: the TinyHost server of the benchmarks: the chain its README shows, on the bare server or in a Generic Host.
// Does not own: the handlers (Handlers), the series to scrape (BenchSeries).

using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost;
using TinyHost.Bench.Server;
using TinyHost.Bench.Shared;
using TinyHost.Metrics;

var arguments = new ServerArguments(args);
var withMetrics = !arguments.Has("--without-metrics");

// --first-response: the one route that is asked for, as in a program that has only that.
var routes = arguments.Has("--first-response") ? new Routes().Get("/", Handlers.TextAsync) : AllRoutes.Create();

if (arguments.Has("--generic-host"))
{
    var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
    builder.Logging.ClearProviders();
    builder.Services.AddTinyHost(Fold, Configure);
    return await builder.Build().RunTinyHostAsync();
}

var options = new ServerOptions();
Configure(options);
var app = Fold(new Pipeline());
// Recorded once the metrics stage listens, and before anyone can ask.
using var series = new BenchSeries(arguments.Series);
await using var server = new HttpServer(options, app);
await server.StartAsync();
await Task.Delay(Timeout.Infinite);
return 0;

void Configure(ServerOptions options)
{
    options.InlineCompletions = arguments.Has("--inline");
    options.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{arguments.Port}/"));
    if (withMetrics)
    {
        options.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{arguments.MetricsPort}/"));
    }
}

Func<RequestContext, Task> Fold(Pipeline pipeline)
{
    pipeline.UseErrors(NullLogger.Instance);
    if (withMetrics)
    {
        pipeline.UseMetrics(new MetricsOptions { Port = arguments.MetricsPort, CardinalityLimit = Math.Max(2_000, arguments.Series) });
    }

    return pipeline.Run(routes.HandleAsync);
}
