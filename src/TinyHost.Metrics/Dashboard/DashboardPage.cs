// Owns: the page of the dashboard: one file, filled with the values of the moment, and its Content-Security-Policy.
// Source: W3C, "Content Security Policy Level 3".

using System.Buffers;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace TinyHost.Metrics;

/// <summary>
/// The page for one request. It holds the whole history, so that it is full when it opens, and as a file from a disk shows the same.
/// </summary>
/// <param name="dashboard">The dashboard.</param>
/// <param name="health">The results of the health checks.</param>
/// <param name="metricsPath">The path of the exposition.</param>
/// <param name="saved">The series for a page that is saved; null for none.</param>
internal sealed class DashboardPage(
    LiveDashboard dashboard, IReadOnlyDictionary<string, HealthResult> health, string metricsPath, SavedSeries? saved)
{
    private const int PieceLength = 32_768;
    private const string OpeningBraces = "{{";
    private const string ClosingBraces = "}}";

    private static readonly Lazy<string> s_text = new(ReadText);
    private static readonly Lazy<string> s_policy = new(() => PolicyOf(s_text.Value));

    /// <summary>The file, with the names of what is filled in between double braces.</summary>
    internal static string Text => s_text.Value;

    /// <summary>What the page may load: its own style and script, known by their hashes, and data of its own server.</summary>
    internal static string Policy => s_policy.Value;

    private static string Name => BuildInfo.OfEntryAssembly?.Name ?? "Metrics";

    /// <summary>Whether the request is for a file to keep.</summary>
    internal static bool IsSaved(RequestContext context) => context.Request.Query["save"] is not null;

    /// <summary>Answers with the page; with the query <c>save</c> as a file to keep.</summary>
    internal async Task AnswerAsync(RequestContext context)
    {
        var response = context.Response;
        var isFile = IsSaved(context);
        var view = dashboard.View();
        response.ResetContent();
        response.ContentType = "text/html; charset=utf-8";
        response.Fields["Content-Security-Policy"] = Policy + "; frame-ancestors 'none'";
        response.Fields["X-Content-Type-Options"] = "nosniff";
        response.Fields["Referrer-Policy"] = "no-referrer";
        response.Fields["Cache-Control"] = "no-store";
        if (isFile)
        {
            response.Fields["Content-Disposition"] = $"attachment; filename=\"{FileName(view)}\"";
        }

        var rest = Text;
        while (rest.IndexOf(OpeningBraces, StringComparison.Ordinal) is >= 0 and var start)
        {
            var end = rest.IndexOf(ClosingBraces, start, StringComparison.Ordinal);
            DashboardText.WriteText(response, rest[..start]);
            await FillAsync(context, rest[(start + OpeningBraces.Length)..end], view, isFile).ConfigureAwait(false);
            rest = rest[(end + ClosingBraces.Length)..];
        }

        DashboardText.WriteText(response, rest);
    }

    private static string ReadText()
    {
        using var stream = typeof(DashboardPage).Assembly.GetManifestResourceStream("TinyHost.Metrics.Dashboard.Dashboard.html")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        // Browsers hash lines that end in a line feed, whatever the file has.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string PolicyOf(string text) =>
        $"default-src 'none'; style-src '{HashOf(text, "<style>", "</style>")}'; script-src '{HashOf(text, "<script>", "</script>")}'; "
        + "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'";

    private static string HashOf(string text, string opening, string closing)
    {
        var start = text.IndexOf(opening, StringComparison.Ordinal) + opening.Length;
        var content = text[start..text.IndexOf(closing, start, StringComparison.Ordinal)];
        return "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
    }

    private static string FileName(DashboardView view)
    {
        var name = string.Concat(Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'));
        return $"{name}-{TimeOf(view).ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}.html";
    }

    private static DateTimeOffset TimeOf(DashboardView view) =>
        DateTimeOffset.FromUnixTimeSeconds(view.StartedAt + Math.Max(view.Newest, 0));

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private async Task FillAsync(RequestContext context, string name, DashboardView view, bool isFile)
    {
        switch (name)
        {
            case "policy":
                DashboardText.WriteText(context.Response, Policy);
                break;
            case "title":
                DashboardText.WriteText(context.Response, Encode(Name));
                break;
            case "build":
                DashboardText.WriteText(context.Response, Encode(Describe(BuildInfo.OfEntryAssembly)));
                break;
            case "time":
                var time = TimeOf(view).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
                DashboardText.WriteText(context.Response, time + " UTC");
                break;
            case "metrics":
                DashboardText.WriteText(context.Response, Encode(PageLink.To(metricsPath)));
                break;
            case "health":
                WriteHealth(context.Response);
                break;
            case "unseen":
                DashboardText.WriteText(context.Response, view.Workers.Count > 0 ? "" : " hidden");
                break;
            case "workers":
                WriteWorkers(context.Response, view.Workers);
                break;
            case "values":
                WriteValues(context.Response, view);
                break;
            case "data":
                await WriteDataAsync(context, view, isFile).ConfigureAwait(false);
                break;
            default:
                throw new InvalidOperationException($"The page of the dashboard has no '{name}'.");
        }
    }

    private static string Describe(BuildInfo? build) =>
        (build is null ? "" : $"Version {build.Version}{(build.Revision.Length > 0 ? ", revision " + build.Revision : "")}, on ")
        + $".NET {Environment.Version}.";

    private void WriteHealth(IBufferWriter<byte> output)
    {
        foreach (var (name, result) in health)
        {
            var state = DashboardText.StateOf(result);
            var reason = result.Reason is { } text ? $": {Encode(text)}" : "";
            DashboardText.WriteText(output, $"<li class=\"{state}\">{Encode(name)}: {state}{reason}</li>\n");
        }
    }

    private static void WriteWorkers(IBufferWriter<byte> output, IReadOnlyList<WorkerRow> workers)
    {
        foreach (var worker in workers)
        {
            var texts = DashboardText.Describe(worker);
            DashboardText.WriteText(output, $"<tr><th scope=\"row\">{texts[0]}</th><td>{string.Join("</td><td>", texts[1..])}</td></tr>\n");
        }
    }

    private void WriteValues(IBufferWriter<byte> output, DashboardView view)
    {
        for (var i = 0; i < view.Columns.Length; i++)
        {
            var (chart, name) = view.Columns[i];
            if (chart.Id != Chart.HeatId)
            {
                var value = DashboardText.Describe(dashboard.Latest(view, i), chart.Unit);
                DashboardText.WriteText(
                    output, $"<tr><td>{Encode(chart.Title)}</td><th scope=\"row\">{Encode(name)}</th><td>{Encode(value)}</td></tr>\n");
            }
        }
    }

    private async Task WriteDataAsync(RequestContext context, DashboardView view, bool isFile)
    {
        var response = context.Response;
        DashboardText.WriteText(response, $"{{\"live\":{(isFile ? "false" : "true")},\"newest\":");
        DashboardText.WriteInteger(response, view.StartedAt + view.Newest);
        response.Write(",\"definitions\":"u8);
        DashboardText.WriteDefinitions(response, view.Columns);
        response.Write(",\"health\":"u8);
        DashboardText.WriteHealth(response, health);
        response.Write(",\"series\":"u8);
        SavedSeries.Write(response, saved);
        response.Write(",\"values\":["u8);
        long flushed = 0;
        for (var column = 0; column < view.Columns.Length; column++)
        {
            response.Write(column > 0 ? ",\n\""u8 : "\n\""u8);
            dashboard.WriteColumn(response, view, column);
            response.Write("\""u8);
            if (response.BytesWritten - flushed > PieceLength)
            {
                flushed = response.BytesWritten;
                await response.FlushAsync(context.Aborted).ConfigureAwait(false);
            }
        }

        response.Write("]}"u8);
    }
}
