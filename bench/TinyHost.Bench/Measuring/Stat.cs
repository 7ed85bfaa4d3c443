// Owns: reading /proc/PID/stat (proc(5)).
// Does not own: whose (ProcessTree).

using System.Globalization;

namespace TinyHost.Bench.Measuring;

/// <summary>A process, its parent, and its user and system time in ticks.</summary>
internal sealed record Stat(int Id, int Parent, long Ticks)
{
    /// <summary>Reads the line. The second field, the program's name in brackets, may hold blanks and brackets itself.</summary>
    public static Stat Parse(int id, string line)
    {
        // From field 3 on.
        var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
        return new Stat(id, (int)Field(fields, 4), Field(fields, 14) + Field(fields, 15));
    }

    private static long Field(string[] fields, int number) => long.Parse(fields[number - 3], CultureInfo.InvariantCulture);
}
