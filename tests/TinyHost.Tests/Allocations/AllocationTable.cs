// Owns: the table of docs/performance.md that says what a request allocates with each feature.

using System.Globalization;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Allocations;

internal static class AllocationTable
{
    private const string Page = "docs/performance.md";
    private const string Head = "| with | bytes | next request's objects |";
    // Strings vary by a character or two, such as those of a longer path.
    private const int Tolerance = 8;

    /// <summary>The first columns of all rows.</summary>
    internal static IReadOnlyList<string> Names => [.. Rows().Select(row => row.Name)];

    /// <summary>Fails with the row to write unless the table has these figures.</summary>
    /// <param name="name">The first column.</param>
    /// <param name="bytes">The measured bytes of a request.</param>
    /// <param name="objects">Whether the next request has the same objects or new ones; a dash where that means nothing.</param>
    internal static void AssertHolds(string name, long bytes, string objects)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The figures of the table are those of Linux.");
        var due = string.Create(CultureInfo.InvariantCulture, $"| {name} | {bytes:N0} | {objects} |");
        var row = Rows().SingleOrDefault(row => row.Name == name);
        Assert.True(row.Name is not null, $"{Page}, Memory: the table has no row for {name}; write: {due}");
        Assert.True(
            Math.Abs(row.Bytes - bytes) <= Tolerance && row.Objects == objects,
            string.Create(CultureInfo.InvariantCulture, $"{Page}, Memory: the table has {row.Bytes:N0} bytes and ")
                + $"'{row.Objects}' for {name}; write: {due}");
    }

    private static IEnumerable<(string Name, long Bytes, string Objects)> Rows()
    {
        var lines = File.ReadLines(Path.Combine(Repository.Root, Page)).SkipWhile(line => line != Head).ToList();
        Assert.True(lines.Count > 2, $"{Page} has no table that begins with: {Head}");
        return lines.Skip(2).TakeWhile(line => line.StartsWith('|')).Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => (cells[1], long.Parse(cells[2], NumberStyles.AllowThousands, CultureInfo.InvariantCulture), cells[3]));
    }
}
