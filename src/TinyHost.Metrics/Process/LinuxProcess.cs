// Owns: reading the process on Linux.
// Source: proc(5): /proc/pid/stat, /proc/pid/limits, /proc/pid/fd, /proc/stat.

using System.Buffers.Text;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace TinyHost.Metrics;

/// <summary>
/// Reads one line of <c>/proc/self/stat</c>, from a file that stays open, and counts open descriptors. Nothing is opened before the first
/// reading. One thread at a time.
/// </summary>
/// <param name="proc">Where the proc file system is mounted.</param>
internal sealed class LinuxProcess(string proc) : IProcessProbe
{
    // USER_HZ: 100 on every architecture .NET runs on.
    private const double TicksPerSecond = 100;
    private const int StatLength = 1024;
    private const int UserTimeField = 14;
    private const int SystemTimeField = 15;
    private const int StartTimeField = 22;
    private const int VirtualField = 23;
    private const int ResidentField = 24;

    private readonly DescriptorCount _descriptors = new(proc + "/self");
    private SafeFileHandle? _stat;
    private bool _opened;

    public double StartSeconds { get; private set; } = double.NaN;

    public double MaxDescriptors { get; private set; } = double.NaN;

    public ProcessReading Read()
    {
        Open();
        try
        {
            var stat = ReadStat(stackalloc byte[StatLength]);
            return new ProcessReading(
                (Field(stat, UserTimeField) + Field(stat, SystemTimeField)) / TicksPerSecond,
                Field(stat, ResidentField) * Environment.SystemPageSize,
                Field(stat, VirtualField),
                _descriptors.Read());
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            return ProcessReading.Unknown;
        }
    }

    public void Dispose() => _stat?.Dispose();

    private void Open()
    {
        if (_opened)
        {
            return;
        }

        _opened = true;
        try
        {
            MaxDescriptors = OpenFilesLimit(File.ReadLines(proc + "/self/limits"));
            _stat = File.OpenHandle(proc + "/self/stat");
            StartSeconds = BootSeconds(File.ReadLines(proc + "/stat"))
                + (Field(ReadStat(stackalloc byte[StatLength]), StartTimeField) / TicksPerSecond);
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            // /proc is hidden or not mounted: the figures stay unknown.
        }
    }

    private ReadOnlySpan<byte> ReadStat(Span<byte> buffer) => _stat is null ? default : buffer[..RandomAccess.Read(_stat, buffer, 0)];

    /// <summary>
    /// A field of the line by its number in proc(5), from 3. The second field, in parentheses, may itself contain spaces and parentheses.
    /// </summary>
    internal static double Field(ReadOnlySpan<byte> stat, int number)
    {
        stat = stat[(stat.LastIndexOf((byte)')') + 1)..].TrimStart((byte)' ');
        for (var i = 3; i < number; i++)
        {
            var space = stat.IndexOf((byte)' ');
            if (space < 0)
            {
                return double.NaN;
            }

            stat = stat[(space + 1)..];
        }

        return Utf8Parser.TryParse(stat, out ulong value, out _) ? value : double.NaN;
    }

    /// <summary>The soft limit <c>Max open files</c>; +Inf for <c>unlimited</c>.</summary>
    internal static double OpenFilesLimit(IEnumerable<string> limits)
    {
        string? line = limits.FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var soft = line?["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return soft == "unlimited" ? double.PositiveInfinity
            : double.TryParse(soft, CultureInfo.InvariantCulture, out var limit) ? limit
            : double.NaN;
    }

    private static double BootSeconds(IEnumerable<string> stat)
    {
        string? line = stat.FirstOrDefault(line => line.StartsWith("btime ", StringComparison.Ordinal));
        return double.TryParse(line.AsSpan(Math.Min(6, line?.Length ?? 0)), CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : double.NaN;
    }

    private static bool IsUnavailable(Exception exception) => exception is IOException or UnauthorizedAccessException;
}
