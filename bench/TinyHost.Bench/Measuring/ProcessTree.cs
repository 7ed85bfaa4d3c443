// Owns: what a process and all that descend from it have used of processor and memory, as Linux tells it under /proc.
// Does not own: when it is read.

using System.Globalization;

namespace TinyHost.Bench.Measuring;

/// <summary>A server's processes: nginx and gunicorn do their work in children.</summary>
internal sealed class ProcessTree(int root)
{
    // USER_HZ, the unit of processor times in /proc: 100 on every Linux.
    private const double MicrosecondsPerTick = 10_000;

    /// <summary>User and system time so far, in microseconds. Processes that have ended are not in it.</summary>
    public double ProcessorMicroseconds() => Living().Sum(process => process.Ticks) * MicrosecondsPerTick;

    /// <summary>Resident memory in bytes; what processes share counts in each.</summary>
    public long ResidentBytes() => Living().Sum(process => KibibytesOf(process.Id, "status", "VmRSS:")) * 1_024;

    /// <summary>Resident memory in bytes; of what processes share, each has its part (PSS).</summary>
    public long ProportionalBytes() => Living().Sum(process => KibibytesOf(process.Id, "smaps_rollup", "Pss:")) * 1_024;

    private List<Stat> Living()
    {
        var all = Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? Read(id) : null)
            .OfType<Stat>()
            .ToList();
        var tree = all.Where(process => process.Id == root).ToList();
        for (var i = 0; i < tree.Count; i++)
        {
            tree.AddRange(all.Where(process => process.Parent == tree[i].Id));
        }

        return tree.Count > 0 ? tree : throw new BenchException($"The server's process {root} has ended while it was measured.");
    }

    private static Stat? Read(int id)
    {
        try
        {
            return Stat.Parse(id, File.ReadAllText($"/proc/{id}/stat"));
        }
        catch (IOException)
        {
            // It has ended since the directory was listed.
            return null;
        }
    }

    private static long KibibytesOf(int id, string file, string name)
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
}
