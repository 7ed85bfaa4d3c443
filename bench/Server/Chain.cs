// Owns: the chain from the project's README (errors, metrics, routes) and its two ports.

using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Bench.Shared;
using TinyHost.Metrics;

namespace TinyHost.Bench.Server;

internal static class Chain
{
    private const int DefaultCardinalityLimit = 2_000;

    public static void Configure(ServerOptions options, ServerArguments arguments)
    {
        options.InlineCompletions = arguments.Has("--inline");
        // The default is 10,000, some of them reserved for the metrics port: too few for the workload of 10,000 connections.
        options.Limits.MaxConnections = 20_000;
        var app = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{arguments.Port}/");
        if (arguments.TlsDirectory is { } directory)
        {
            options.Prefixes.Add("https://" + app, prefix => prefix.Tls.Certificates.Add(
                new() { Path = Path.Combine(directory, "bench.pem"), KeyPath = Path.Combine(directory, "bench.key") }));
        }
        else
        {
            options.Prefixes.Add("http://" + app);
        }

        if (HasMetrics(arguments))
        {
            options.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{arguments.MetricsPort}/"));
        }
    }

    public static Func<RequestContext, Task> Fold(Pipeline pipeline, ServerArguments arguments)
    {
        pipeline.UseErrors(logger: NullLogger.Instance);
        if (HasMetrics(arguments))
        {
            pipeline.UseMetrics(new MetricsOptions
            {
                Port = arguments.MetricsPort,
                CardinalityLimit = Math.Max(DefaultCardinalityLimit, arguments.Series),
            });
        }

        // --first-response: only the requested route, as in a program that has no other.
        var routes = arguments.Has("--first-response") ? new Routes().Get("/", Handlers.TextAsync) : AllRoutes.Create(arguments);
        return pipeline.Run(arguments.Series > 0 ? new BenchSeries(routes, arguments.Series) : routes);
    }

    private static bool HasMetrics(ServerArguments arguments) => !arguments.Has("--without-metrics");
}
