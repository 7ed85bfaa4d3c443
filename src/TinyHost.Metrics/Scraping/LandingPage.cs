// Owns: the page that a browser gets at the root of the metrics port.
// Sources: Prometheus, "Writing exporters", Landing page; RFC 9110 §12.5.1 and §12.5.5; W3C Content Security Policy.

using System.Net;

namespace TinyHost.Metrics;

/// <summary>A page with the version of the program and links.</summary>
internal static class LandingPage
{
    private const string Html = "text/html";

    /// <summary>
    /// True if the field names HTML and gives no exposition format an equal weight. Prometheus and curl name no HTML.
    /// </summary>
    internal static bool IsPreferred(ReadOnlySpan<char> accept)
    {
        double html = 0;
        double exposition = 0;
        double wildcard = 0;
        var list = new AcceptList(accept);
        while (list.MoveNext())
        {
            if (list.Name.Equals(Html, StringComparison.OrdinalIgnoreCase))
            {
                html = Math.Max(html, list.Weight);
            }
            else if (list.Name.Equals("text/plain", StringComparison.OrdinalIgnoreCase)
                || list.Name.StartsWith("application/openmetrics-text", StringComparison.OrdinalIgnoreCase)
                || list.Name.StartsWith("application/vnd.google.protobuf", StringComparison.OrdinalIgnoreCase))
            {
                exposition = Math.Max(exposition, list.Weight);
            }
            else if (list.Name is "*/*" || list.Name.Equals("text/*", StringComparison.OrdinalIgnoreCase))
            {
                wildcard = Math.Max(wildcard, list.Weight);
            }
        }

        return html > exposition && html >= wildcard;
    }

    /// <summary>Answers with the page, which links to the metrics at <paramref name="path"/>, the dashboard and the probes.</summary>
    internal static Task AnswerAsync(RequestContext context, string path, HealthProbes? probes, bool hasDashboard)
    {
        var response = context.Response;
        response.StatusCode = 200;
        response.ResetContent();
        response.ContentType = "text/html; charset=utf-8";
        response.Fields["Vary"] = "Accept";
        response.Fields["Content-Security-Policy"] = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        response.Fields["X-Content-Type-Options"] = "nosniff";
        response.Fields["Referrer-Policy"] = "no-referrer";
        return response.WriteTextAsync(Text(BuildInfo.OfEntryAssembly, path, probes, hasDashboard));
    }

    private static string Text(BuildInfo? build, string path, HealthProbes? probes, bool hasDashboard)
    {
        var dashboard = hasDashboard ? $"<li><a href=\"{PageLink.To(LiveDashboard.PagePath)}\">Dashboard</a></li>\n" : "";
        var name = WebUtility.HtmlEncode(build?.Name ?? "Metrics");
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{name}</title>
            </head>
            <body>
            <h1>{name}</h1>
            <p>{WebUtility.HtmlEncode(Describe(build))}</p>
            <ul>
            {dashboard}<li><a href="{PageLink.To(path)}">Metrics</a></li>
            <li><a href="{PageLink.To(probes?.LivenessPath ?? "/")}">Health</a></li>
            <li><a href="{PageLink.To(probes?.ReadinessPath ?? "/")}">Readiness</a></li>
            </ul>
            </body>
            </html>

            """;
    }

    private static string Describe(BuildInfo? build) =>
        (build is null ? "" : $"Version {build.Version}{(build.Revision.Length > 0 ? ", revision " + build.Revision : "")}, on ")
        + $".NET {Environment.Version}.";
}
