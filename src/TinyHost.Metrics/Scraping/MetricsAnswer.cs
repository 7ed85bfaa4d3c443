// Owns: answering requests for the metrics: their path, their method, and scrapes.

namespace TinyHost.Metrics;

internal static class MetricsAnswer
{
    private const string Allowed = "GET, HEAD, OPTIONS";

    /// <summary>Answers a request on the metrics port, or for the metrics path. It does not count as a request of the app.</summary>
    /// <param name="context">The request.</param>
    /// <param name="path">The path of the metrics. They are also at <c>/</c> on their port.</param>
    /// <param name="scraper">Null if the stage has stopped with its server.</param>
    internal static Task AnswerAsync(RequestContext context, string path, Scraper? scraper)
    {
        context.Measured = false;
        var response = context.Response;
        if (context.Request.Path != path && context.Request.Path is not ("/" or "*"))
        {
            return response.AnswerAsync(404, $"The metrics are at {path}.\n");
        }

        switch (context.Request.Method)
        {
            case "GET" or "HEAD":
                return scraper?.AnswerAsync(context)
                    ?? throw new InvalidOperationException("The metrics stage has stopped with its server.");
            case "OPTIONS":
                response.StatusCode = 204;
                response.ResetContent();
                response.Fields["Allow"] = Allowed;
                return Task.CompletedTask;
            case var _ when !context.Request.IsMethodDefined:
                return response.AnswerAsync(501, "There is no such method.\n");
            default:
                response.Fields["Allow"] = Allowed;
                return response.AnswerAsync(405, "Metrics are read with GET or HEAD.\n");
        }
    }
}
