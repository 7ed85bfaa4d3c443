// Owns: drawing one bar per server as SVG, readable on light and dark backgrounds.

using System.Globalization;
using System.Net;
using System.Text;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Reporting;

/// <summary>A bar as long as the median, with a line from minimum to maximum.</summary>
internal readonly record struct Bar(string Label, Spread Value, bool IsOurs);

/// <summary>Horizontal bars, the first at the top.</summary>
internal static class BarChart
{
    private const int Width = 760;
    private const int LabelWidth = 224;
    private const int ValueWidth = 90;
    private const int Top = 44;
    private const int RowHeight = 26;
    private const int BarHeight = 16;

    // Greys and a blue with enough contrast on white and on near-black: not every viewer tells an image its background.
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
        var largest = bars.Max(bar => bar.Value.Max);
        var scale = largest > 0 ? (Width - LabelWidth - ValueWidth) / largest : 0;
        var svg = new StringBuilder()
            .Append(Invariant($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" """))
            .AppendLine(Invariant($"""width="{Width}" height="{height}" role="img">"""))
            .Append("<title>").Append(WebUtility.HtmlEncode(title)).AppendLine("</title>")
            .AppendLine(Style)
            .AppendLine(Invariant($"""<text class="title" x="0" y="18">{WebUtility.HtmlEncode(Heading(title, measure))}</text>"""));
        for (var i = 0; i < bars.Count; i++)
        {
            DrawBar(svg, bars[i], measure, scale, Top + (i * RowHeight));
        }

        return svg.AppendLine("</svg>").ToString();
    }

    private static string Heading(string title, Measure measure)
    {
        var plain = title.Replace("`", "", StringComparison.Ordinal);
        return $"{plain}: {measure.Heading} ({(measure.HigherIsBetter ? "higher" : "lower")} is better)";
    }

    private static void DrawBar(StringBuilder svg, Bar bar, Measure measure, double scale, int y)
    {
        var middle = y + (BarHeight / 2);
        var min = LabelWidth + (bar.Value.Min * scale);
        var max = LabelWidth + (bar.Value.Max * scale);
        svg.Append(Invariant($"""<text x="{LabelWidth - 8}" y="{y + 13}" text-anchor="end">"""))
            .Append(WebUtility.HtmlEncode(bar.Label)).AppendLine("</text>")
            .Append(Invariant($"""<rect class="{(bar.IsOurs ? "ours" : "peer")}" x="{LabelWidth}" y="{y}" """))
            .AppendLine(Invariant($"""width="{bar.Value.Median * scale:0.#}" height="{BarHeight}" rx="2"/>"""))
            .AppendLine(Invariant($"""<line class="spread" x1="{min:0.#}" y1="{middle}" x2="{max:0.#}" y2="{middle}"/>"""))
            .AppendLine(Invariant($"""<text x="{max + 8:0.#}" y="{y + 13}">{Figure.Of(bar.Value.Median, measure)}</text>"""));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
