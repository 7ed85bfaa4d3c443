// Owns: the report, on standard output and as a Markdown file.

using System.Text;

namespace TinyHost.Metrics.Benchmarks;

internal sealed class Report
{
    private readonly StringBuilder _text = new();

    internal void Line(string line = "")
    {
        _text.Append(line).Append('\n');
        Console.WriteLine(line);
    }

    internal void Table(string[] heads, IEnumerable<string[]> rows)
    {
        string[][] all = [heads, .. rows];
        int[] widths = [.. Enumerable.Range(0, heads.Length).Select(column => all.Max(row => row[column].Length))];
        Row(heads, widths);
        Line("|" + string.Concat(widths.Select(width => " " + new string('-', width) + " |")));
        foreach (var row in all[1..])
        {
            Row(row, widths);
        }

        Line();
    }

    internal void Save(string path) => File.WriteAllText(path, _text.ToString());

    private void Row(string[] cells, int[] widths) =>
        Line("|" + string.Concat(cells.Zip(widths, (cell, width) => " " + cell.PadRight(width) + " |")));
}
