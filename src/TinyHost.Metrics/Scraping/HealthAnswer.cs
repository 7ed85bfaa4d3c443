// Owns: what the metrics port answers to questions about the health of the process.
// Source: Prometheus, "Management API", Health check and Readiness check.

namespace TinyHost.Metrics;

/// <summary>The paths <c>/-/healthy</c> and <c>/-/ready</c>. A server that answers is both.</summary>
internal static class HealthAnswer
{
    internal const string Healthy = "/-/healthy";
    internal const string Ready = "/-/ready";

    internal static bool IsAt(string path) => path is Healthy or Ready;

    internal static Task AnswerAsync(RequestContext context)
    {
        context.Response.Fields["Cache-Control"] = "no-store";
        return context.Response.AnswerAsync(200, context.Request.Path == Healthy ? "Healthy.\n" : "Ready.\n");
    }
}
