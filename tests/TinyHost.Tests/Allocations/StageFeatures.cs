// Owns: the features that are stages of the chain, routes, or the server's own.

using System.Diagnostics;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.RateLimiting;
using TinyHost.Tests.Support;
using static TinyHost.Tests.Allocations.Feature;

namespace TinyHost.Tests.Allocations;

internal static class StageFeatures
{
    private const string Origin = "https://shop.example";
    private const string Token = "0123456789abcdef0123456789abcdef";

    internal static IEnumerable<Feature> All() => [.. Routing(), .. Observing(), .. Peers(), .. Guards()];

    private static IEnumerable<Feature> Routing() =>
    [
        OfRoutes("a route without parameters", new Routes().Get("/users/me", Answer), "/users/me"),
        OfRoutes("a route with `{id}`", new Routes().Get("/users/{id}", Answer), "/users/42"),
        OfRoutes("a route with `{id:int}`", new Routes().Get("/users/{id:int}", Answer), "/users/42"),
        OfRoutes("a route in a group", new Routes().Group("/users", users => users.Get("/me", Answer)), "/users/me"),
        OfRoutes("a path without a route (404)", new Routes().Get("/users/me", Answer), "/nothing", "HTTP/1.1 404 Not Found\r\n"),
        OfRoutes("the same with problem details", new Routes().Get("/users/me", Answer), "/nothing", "application/problem+json") with
        {
            Stages = pipeline => pipeline.UseErrors(problemDetails: true, NullLogger.Instance),
        },
    ];

    private static IEnumerable<Feature> Observing() =>
    [
        OfStage("`UseErrors`", pipeline => pipeline),
        OfStage("`UseMetrics`", pipeline => pipeline.UseMetrics(9100)),
        .. Enum.GetValues<AccessLogFormat>().Select(format => OfStage($"`UseAccessLog`, {format}", pipeline => pipeline
            .Use(next => AccessLog.Wrap(next, new DiscardingLogger(), format, time: new ManualTime())))),
        OfHandler("a span that is recorded", Answer) with { During = () => Listen(ActivitySamplingResult.AllDataAndRecorded) },
        OfHandler("a span that no listener samples", Answer) with { During = () => Listen(ActivitySamplingResult.None) },
        OfStage("a liveness probe", pipeline => pipeline.UseHealth(), sent: "Healthy.\n") with { Input = Probe("/-/healthy") },
        OfStage("a readiness probe", pipeline => pipeline.UseHealth(), sent: "Ready.\n") with { Input = Probe("/-/ready") },
    ];

    private static IEnumerable<Feature> Peers() =>
    [
        OfStage("`UseForwarded`, no such field", pipeline => pipeline.UseForwarded("127.0.0.0/8")),
        OfStage(
            "`UseForwarded`, X-Forwarded-For and -Proto", pipeline => pipeline.UseForwarded("127.0.0.0/8"),
            "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n"),
        OfStage(
            "`UseForwarded`, Forwarded", pipeline => pipeline.UseForwarded(ForwardedFields.Forwarded, "127.0.0.0/8"),
            "Forwarded: for=192.0.2.7;proto=https\r\n"),
        OfStage("`UseAddressFiltering`", pipeline => pipeline.UseAddressFiltering("127.0.0.0/8")),
    ];

    private static IEnumerable<Feature> Guards() =>
    [
        OfStage("`UseTimeout`", pipeline => pipeline.UseTimeout(TimeSpan.FromDays(1))),
        OfStage("`UseConcurrencyLimit`", pipeline => pipeline.UseConcurrencyLimit(100)),
        OfStage("`UseLimits`", pipeline => pipeline.UseLimits(maxBodySize: 1_000)),
        OfStage("`UseRateLimit`, by client", pipeline => pipeline.UseRateLimit(Partition)),
        OfStage("`UseCors`, no Origin", pipeline => pipeline.UseCors(Origin)),
        OfStage("`UseCors`, an allowed Origin", pipeline => pipeline.UseCors(Origin), $"Origin: {Origin}\r\n", $"Allow-Origin: {Origin}"),
        OfStage("`UseCors`, a preflight request", pipeline => pipeline.UseCors(Origin), sent: "HTTP/1.1 204 No Content\r\n") with
        {
            Input = With($"Origin: {Origin}\r\nAccess-Control-Request-Method: GET\r\n", "OPTIONS /users/me HTTP/1.1"),
        },
        OfStage(
            "`UseAuthentication`, Bearer", pipeline => pipeline.UseAuthentication(options => options.Token("me", Token)),
            Credentials.Bearer(Token) + "\r\n"),
        OfStage(
            "`UseAuthentication`, Basic",
            pipeline => pipeline.UseAuthentication(options => options.User("me", PasswordHash.Create("secret", iterations: 1_000))),
            Credentials.Basic("me:secret") + "\r\n"),
    ];

    private static string Probe(string path) => Get.Replace("/users/me", path, StringComparison.Ordinal);

    private static RateLimitPartition<string> Partition(RequestContext context) => RateLimitPartition.GetFixedWindowLimiter(
        RateLimitKey.Client(context), _ => new FixedWindowRateLimiterOptions { PermitLimit = int.MaxValue, Window = TimeSpan.FromDays(1) });

    private static ActivityListener Listen(ActivitySamplingResult sampling)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "TinyHost",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => sampling,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    /// <summary>Writes each line, and drops it.</summary>
    private sealed class DiscardingLogger : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            formatter(state, exception);
    }
}
