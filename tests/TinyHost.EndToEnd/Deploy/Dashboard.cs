// Owns: the panels and queries of the dashboard in deploy/grafana.

using System.Text.Json;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Deploy;

internal static class Dashboard
{
    private static readonly JsonElement s_root = Load();

    /// <summary>The panels, rows included.</summary>
    public static IReadOnlyList<JsonElement> Panels => [.. s_root.GetProperty("panels").EnumerateArray()];

    /// <summary>The query of each variable: the selector and the label of <c>label_values</c>.</summary>
    public static IReadOnlyList<(string Selector, string Label)> Variables =>
    [
        .. s_root.GetProperty("templating").GetProperty("list").EnumerateArray()
            .Where(variable => Text(variable, "type") == "query")
            .Select(variable => Text(variable.GetProperty("query"), "query")["label_values(".Length..^1].Split(", "))
            .Select(arguments => (Substitute(arguments[0]), arguments[1])),
    ];

    /// <summary>Each query with the title of its panel, all variables replaced as Grafana does.</summary>
    public static IReadOnlyList<(string Title, string Query)> Queries =>
    [
        .. Panels.Where(panel => Text(panel, "type") != "row").SelectMany(
            panel => panel.GetProperty("targets").EnumerateArray(),
            (panel, target) => (Text(panel, "title"), Substitute(Text(target, "expr")))),
        .. s_root.GetProperty("annotations").GetProperty("list").EnumerateArray().Select(
            annotation => (Text(annotation, "name"), Substitute(Text(annotation, "expr")))),
    ];

    public static string Text(JsonElement element, string property) => element.GetProperty(property).GetString()!;

    private static string Substitute(string query)
    {
        var substituted = query
            .Replace("$__rate_interval", "1m", StringComparison.Ordinal)
            .Replace("$job", ".*", StringComparison.Ordinal)
            .Replace("$instance", ".*", StringComparison.Ordinal);
        Assert.DoesNotContain('$', substituted);
        return substituted;
    }

    private static JsonElement Load()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Repository.File("deploy/grafana/tinyhost.json")));
        return document.RootElement.Clone();
    }
}
