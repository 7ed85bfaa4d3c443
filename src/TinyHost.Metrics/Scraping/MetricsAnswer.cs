// Owns: answering requests for the metrics and on their port: paths and methods.

namespace TinyHost.Metrics;

internal static class MetricsAnswer
{
    private const string Allowed = "GET, HEAD, OPTIONS";

    /// <summary>Answers a request on the metrics port, or for the metrics path. It does not count as a request of the app.</summary>
    /// <param name="context">The request.</param>
    /// <param name="path">The path of the metrics. They are also at <c>/</c> on their port, except for browsers.</param>
    /// <param name="probes">The stage that answers probes on the port; null if the metrics have none of their own.</param>
    /// <param name="scraper">Null if the stage has stopped with its server.</param>
    internal static Task AnswerAsync(RequestContext context, string path, HealthProbes? probes, Scraper? scraper)
    {
        context.Measured = false;
        var response = context.Response;
        var requested = context.Request.Path;
        var dashboard = LiveDashboard.IsPath(requested) ? scraper?.Dashboard : null;
        if (requested != path && requested is not ("/" or "*") && dashboard is null)
        {
            return response.AnswerAsync(404, requested == LiveDashboard.PagePath
                ? "The dashboard is off. The setting TinyHost:Metrics:Dashboard turns it on.\n"
                : $"The metrics are at {path}.\n");
        }

        switch (context.Request.Method)
        {
            case "GET" or "HEAD" when requested == path:
                return ScrapeAsync(context, scraper);
            case "GET" or "HEAD" when dashboard is not null:
                return dashboard.AnswerAsync(context, path, scraper!.SaveAsync);
            case "GET" or "HEAD":
                return LandingPage.IsPreferred(context.Request.Fields["Accept"])
                    ? LandingPage.AnswerAsync(context, path, probes, scraper?.Dashboard is not null)
                    : ScrapeAsync(context, scraper);
            case "OPTIONS":
                response.StatusCode = 204;
                response.ResetContent();
                response.Fields["Allow"] = Allowed;
                return Task.CompletedTask;
            case var _ when !context.Request.IsMethodDefined:
                return response.AnswerAsync(501, "There is no such method.\n");
            default:
                response.Fields["Allow"] = Allowed;
                return response.AnswerAsync(405, "Use GET or HEAD.\n");
        }
    }

    private static Task ScrapeAsync(RequestContext context, Scraper? scraper) =>
        scraper?.AnswerAsync(context) ?? throw new InvalidOperationException("The metrics stage has stopped with its server.");
}
