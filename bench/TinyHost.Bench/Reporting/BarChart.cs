// Owns: drawing a bar for each server as SVG, readable on light and on dark ground.
// Does not own: which values (Report).

using System.Globalization;
using System.Net;
using System.Text;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Reporting;

/// <summary>Horizontal bars, the first at the top.</summary>
internal static class BarChart
{
    private const int Width = 760;
    private const int LabelWidth = 224;
    private const int ValueWidth = 90;
    private const int Top = 44;
    private const int RowHeight = 26;
    private const int BarHeight = 16;

    // Greys and blue that keep a contrast on white and on near-black alike: not every viewer tells an image which of the two it is on.
    private const string Style = """
        <style>
        text { font: 13px system-ui, sans-serif; fill: #6e7781; }
        .title { font-weight: 600; }
        .ours { fill: #2f81f7; }
        .peer { fill: #8b949e; }
        .spread { stroke: #6e7781; stroke-width: 1.5; }
        @media (prefers-color-scheme: dark) { text { fill: #c9d1d9; } .spread { stroke: #c9d1d9; } }
        </style>
        """;

    public static string Draw(string title, Measure measure, IReadOnlyList<Bar> bars)
    {
        var height = Top + (bars.Count * RowHeight) + 8;
        var longest = bars.Max(bar => bar.Value.Greatest);
        var scale = longest > 0 ? (Width - LabelWidth - ValueWidth) / longest : 0;
        var svg = new StringBuilder()
            .AppendLine(Invariant($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" width="{Width}" height="{height}" role="img">"""))
            .Append("<title>").Append(WebUtility.HtmlEncode(title)).AppendLine("</title>")
            .AppendLine(Style)
            .AppendLine(Invariant($"""<text class="title" x="0" y="18">{WebUtility.HtmlEncode(Heading(title, measure))}</text>"""));
        for (var i = 0; i < bars.Count; i++)
        {
            DrawBar(svg, bars[i], measure, scale, Top + (i * RowHeight));
        }

        return svg.AppendLine("</svg>").ToString();
    }

    private static string Heading(string title, Measure measure) =>
        $"{title.Replace("`", "", StringComparison.Ordinal)}: {measure.Heading} ({(measure.MoreIsBetter ? "more" : "less")} is better)";

    private static void DrawBar(StringBuilder svg, Bar bar, Measure measure, double scale, int y)
    {
        var middle = y + (BarHeight / 2);
        var least = LabelWidth + (bar.Value.Least * scale);
        var greatest = LabelWidth + (bar.Value.Greatest * scale);
        svg.AppendLine(Invariant($"""<text x="{LabelWidth - 8}" y="{y + 13}" text-anchor="end">{WebUtility.HtmlEncode(bar.Label)}</text>"""))
            .AppendLine(Invariant($"""<rect class="{(bar.IsOurs ? "ours" : "peer")}" x="{LabelWidth}" y="{y}" width="{bar.Value.Median * scale:0.#}" height="{BarHeight}" rx="2"/>"""))
            .AppendLine(Invariant($"""<line class="spread" x1="{least:0.#}" y1="{middle}" x2="{greatest:0.#}" y2="{middle}"/>"""))
            .AppendLine(Invariant($"""<text x="{greatest + 8:0.#}" y="{y + 13}">{Figure.Of(bar.Value.Median, measure)}</text>"""));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
