// Owns: processor time and memory of a process and its descendants, read from /proc.

using System.Globalization;

namespace TinyHost.Bench.Measuring;

/// <summary>All processes of a server: nginx and gunicorn work in child processes.</summary>
internal sealed class ProcessTree(int root)
{
    // USER_HZ, the unit of processor times in /proc: 100 on every Linux.
    private const double MicrosecondsPerTick = 10_000;

    /// <summary>User and system time so far, in microseconds, without processes that have exited.</summary>
    public double ProcessorMicroseconds() => Living().Sum(process => process.Ticks) * MicrosecondsPerTick;

    /// <summary>Resident memory in bytes; shared pages count once per process.</summary>
    public long ResidentBytes() => Living().Sum(process => Kibibytes(process.Id, "status", "VmRSS:")) * 1_024;

    /// <summary>Resident memory in bytes; shared pages are divided among their processes (PSS).</summary>
    public long ProportionalBytes() => Living().Sum(process => Kibibytes(process.Id, "smaps_rollup", "Pss:")) * 1_024;

    private static ProcessStat? Read(int id)
    {
        try
        {
            return ProcessStat.Parse(id, File.ReadAllText($"/proc/{id}/stat"));
        }
        catch (IOException)
        {
            // The process has exited since the directory was listed.
            return null;
        }
    }

    private static long Kibibytes(int id, string file, string name)
    {
        foreach (var line in File.ReadLines($"/proc/{id}/{file}"))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
            {
                return long.Parse(line.AsSpan(name.Length).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture);
            }
        }

        throw new BenchException($"/proc/{id}/{file} has no line {name}");
    }

    private List<ProcessStat> Living()
    {
        var all = Directory.EnumerateDirectories("/proc")
            .Select(path => Path.GetFileName(path))
            .Select(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? Read(id) : null)
            .OfType<ProcessStat>()
            .ToList();
        var tree = all.Where(process => process.Id == root).ToList();
        for (var i = 0; i < tree.Count; i++)
        {
            tree.AddRange(all.Where(process => process.Parent == tree[i].Id));
        }

        return tree.Count > 0 ? tree : throw new BenchException($"The server's process {root} exited while it was measured.");
    }
}

/// <summary>One line of /proc/PID/stat (proc(5)): a process, its parent, and its user and system time in ticks.</summary>
internal sealed record ProcessStat(int Id, int Parent, long Ticks)
{
    /// <summary>Parses the line. Its second field, the program's name in parentheses, may itself contain spaces and parentheses.</summary>
    public static ProcessStat Parse(int id, string line)
    {
        // Field 3 and later.
        var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessStat(id, (int)Field(fields, 4), Field(fields, 14) + Field(fields, 15));
    }

    private static long Field(string[] fields, int number) => long.Parse(fields[number - 3], CultureInfo.InvariantCulture);
}
