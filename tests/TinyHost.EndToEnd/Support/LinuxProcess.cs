// Owns: what the kernel reports about a process: memory, descriptors, threads.

using System.Globalization;

namespace TinyHost.EndToEnd.Support;

/// <summary>Reads <c>/proc/PID</c>; skips the test on a system without it.</summary>
internal sealed class LinuxProcess
{
    private readonly string _directory;

    public LinuxProcess(int id)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc (Linux)");
        _directory = $"/proc/{id}";
    }

    /// <summary>The peak resident memory, in bytes.</summary>
    public long PeakResidentBytes => KiB("VmHWM:");

    /// <summary>The current resident memory, in bytes.</summary>
    public long ResidentBytes => KiB("VmRSS:");

    /// <summary>The number of open descriptors.</summary>
    public int OpenDescriptors => Directory.GetFileSystemEntries(Path.Combine(_directory, "fd")).Length;

    /// <summary>The files mapped into memory, mostly libraries.</summary>
    public string MappedFiles => File.ReadAllText(Path.Combine(_directory, "maps"));

    /// <summary>The names of all threads, sorted. The runtime names its own threads.</summary>
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
            return null; // The thread ended after it was listed.
        }
    }

    private long KiB(string name)
    {
        var line = File.ReadLines(Path.Combine(_directory, "status")).First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture) * 1_024;
    }
}
