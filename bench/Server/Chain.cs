// Owns: the chain the README shows, errors, metrics and routes, and the two ports it is served on.
// Does not own: the handlers (Handlers).

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
        options.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{arguments.Port}/"));
        if (HasMetrics(arguments))
        {
            options.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{arguments.MetricsPort}/"));
        }
    }

    public static Func<RequestContext, Task> Fold(Pipeline pipeline, ServerArguments arguments)
    {
        pipeline.UseErrors(NullLogger.Instance);
        if (HasMetrics(arguments))
        {
            pipeline.UseMetrics(new MetricsOptions { Port = arguments.MetricsPort, CardinalityLimit = Math.Max(DefaultCardinalityLimit, arguments.Series) });
        }

        // --first-response: the one route that is asked for, as in a program that has only that.
        return pipeline.Run((arguments.Has("--first-response") ? new Routes().Get("/", Handlers.TextAsync) : AllRoutes.Create()).HandleAsync);
    }

    private static bool HasMetrics(ServerArguments arguments) => !arguments.Has("--without-metrics");
}
