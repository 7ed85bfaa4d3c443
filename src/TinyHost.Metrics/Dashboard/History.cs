// Owns: the last ten minutes of the dashboard's series, one value a second.

namespace TinyHost.Metrics;

/// <summary>
/// A ring of values for each column. Memory is taken when a column is added and never grows afterwards. Not safe for several threads.
/// </summary>
/// <param name="maxColumns">The limit on columns.</param>
internal sealed class History(int maxColumns)
{
    /// <summary>How many seconds are kept.</summary>
    internal const int Length = 600;

    /// <summary>What a column takes, in bytes: its values, its name and its place in lists.</summary>
    internal const int ColumnSize = (Length * sizeof(float)) + 256;

    private const int MaxName = 100;

    private readonly List<Column> _columns = [];
    private readonly List<float[]> _values = [];

    internal IReadOnlyList<Column> Columns => _columns;

    /// <summary>The second that was begun last; −1 before the first.</summary>
    internal long Newest { get; private set; } = -1;

    /// <summary>The oldest second that is kept.</summary>
    internal long Oldest => Math.Max(Newest - Length + 1, 0);

    /// <summary>Begins a second, later than all before. Its values, and those of the seconds that were skipped, are gaps.</summary>
    internal void Begin(long second)
    {
        for (var gap = Math.Max(Newest + 1, second - Length + 1); gap <= second; gap++)
        {
            foreach (var values in _values)
            {
                values[gap % Length] = float.NaN;
            }
        }

        Newest = second;
    }

    /// <summary>
    /// Adds a column, with gaps so far, unless the chart has one of this name. Returns its number, or −1 if the limit is reached.
    /// </summary>
    internal int Add(Chart chart, string name)
    {
        if (_columns.FindIndex(column => column.Name == name && column.Chart.Id == chart.Id) is >= 0 and var existing)
        {
            return existing;
        }

        if (_columns.Count >= maxColumns)
        {
            return -1;
        }

        var values = new float[Length];
        Array.Fill(values, float.NaN);
        _columns.Add(new Column(chart, name));
        _values.Add(values);
        return _columns.Count - 1;
    }

    /// <summary>Sets a value of the newest second. Column −1 takes nothing.</summary>
    internal void Set(int column, double value)
    {
        if (column >= 0)
        {
            _values[column][Newest % Length] = (float)value;
        }
    }

    /// <summary>A name that fits the size of a column: labels may have any length.</summary>
    internal static string Shortened(string name) => name.Length <= MaxName
        ? name
        : string.Concat(name.AsSpan(0, char.IsHighSurrogate(name[MaxName - 2]) ? MaxName - 2 : MaxName - 1), "…");

    /// <summary>The value of a second; NaN for a gap and for seconds that are not kept.</summary>
    internal float Read(int column, long second) =>
        second >= Oldest && second <= Newest ? _values[column][second % Length] : float.NaN;
}
