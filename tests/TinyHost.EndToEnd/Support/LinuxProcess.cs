// Owns: what the kernel says of a process: its peak of memory and its threads.
// Does not own: the process.

using System.Globalization;

namespace TinyHost.EndToEnd.Support;

/// <summary>Reads <c>/proc/PID</c>; skips the test on a system without it.</summary>
internal sealed class LinuxProcess
{
    public LinuxProcess(int id)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc (Linux)");
        _directory = $"/proc/{id}";
    }

    /// <summary>The most memory the process ever had resident, in bytes.</summary>
    public long PeakResidentBytes => KiB("VmHWM:");

    /// <summary>The memory the process has resident now, in bytes.</summary>
    public long ResidentBytes => KiB("VmRSS:");

    /// <summary>How many descriptors it has open.</summary>
    public int OpenDescriptors => Directory.GetFileSystemEntries(Path.Combine(_directory, "fd")).Length;

    /// <summary>The files mapped into its memory: libraries, for the most part.</summary>
    public string MappedFiles => File.ReadAllText(Path.Combine(_directory, "maps"));

    /// <summary>The names of its threads, in order. The runtime names each of its own.</summary>
    public IReadOnlyList<string> ThreadNames =>
        [.. Directory.GetDirectories(Path.Combine(_directory, "task")).Select(NameOrNull).OfType<string>().Order(StringComparer.Ordinal)];

    private static string? NameOrNull(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).TrimEnd('\n');
        }
        catch (IOException)
        {
            return null;    // It ended between the listing and the reading.
        }
    }

    private long KiB(string name)
    {
        var line = File.ReadLines(Path.Combine(_directory, "status")).First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture) * 1_024;
    }

    private readonly string _directory;
}
