// Owns: reading the process on Linux.
// Source: proc(5). Names and meanings of the figures are client_golang's.

namespace TinyHost.Metrics;

/// <summary>
/// Reads the files below <c>/proc/self</c> and counts open descriptors. Nothing is opened before the first reading. What cannot be read is
/// unknown until it can. One thread at a time.
/// </summary>
/// <param name="proc">Where the proc file system is mounted.</param>
/// <param name="unreadable">Called with the path and the cause the first time a file cannot be read.</param>
internal sealed class LinuxProcess(string proc, Action<string, Exception> unreadable) : IProcessProbe
{
    // USER_HZ: 100 on every architecture .NET runs on.
    private const double TicksPerSecond = 100;
    private const int UserTimeField = 14;
    private const int SystemTimeField = 15;
    private const int ThreadsField = 20;
    private const int StartTimeField = 22;
    private const int VirtualField = 23;
    private const int ResidentField = 24;

    private readonly ProcFile _stat = new(proc + "/self/stat", unreadable);
    private readonly ProcFile _network = new(proc + "/self/net/netstat", unreadable);
    private readonly ProcFile _limits = new(proc + "/self/limits", unreadable);
    private readonly ProcFile _system = new(proc + "/stat", unreadable);
    private readonly ProcFile _descriptors = new(proc + "/self/fd", unreadable);
    private readonly DescriptorCount _descriptorCount = new(proc + "/self");
    private double _maxVirtual = double.NaN;

    public double StartSeconds { get; private set; } = double.NaN;

    public double MaxDescriptors { get; private set; } = double.NaN;

    public ProcessReading Read()
    {
        var stat = _stat.Read();
        ReadConstants(stat);
        var network = _network.Read();
        return new ProcessReading(
            (ProcText.StatField(stat, UserTimeField) + ProcText.StatField(stat, SystemTimeField)) / TicksPerSecond,
            ProcText.StatField(stat, ResidentField) * Environment.SystemPageSize,
            ProcText.StatField(stat, VirtualField),
            CountDescriptors())
        {
            MaxVirtualBytes = _maxVirtual,
            Threads = ProcText.StatField(stat, ThreadsField),
            ReceivedBytes = ProcText.NetworkFigure(network, "IpExt:"u8, "InOctets"u8),
            SentBytes = ProcText.NetworkFigure(network, "IpExt:"u8, "OutOctets"u8),
        };
    }

    public void Dispose()
    {
        _stat.Dispose();
        _network.Dispose();
    }

    // Figures that stay the same are read until they are known.
    private void ReadConstants(ReadOnlySpan<byte> stat)
    {
        if (double.IsNaN(StartSeconds) && !stat.IsEmpty)
        {
            StartSeconds = ProcText.BootSeconds(_system.Read()) + (ProcText.StatField(stat, StartTimeField) / TicksPerSecond);
            _system.Dispose();
        }

        if (double.IsNaN(MaxDescriptors))
        {
            var limits = _limits.Read();
            MaxDescriptors = ProcText.SoftLimit(limits, "Max open files"u8, unlimited: double.PositiveInfinity);
            _maxVirtual = ProcText.SoftLimit(limits, "Max address space"u8, unlimited: ulong.MaxValue);
            _limits.Dispose();
        }
    }

    private double CountDescriptors()
    {
        try
        {
            return _descriptorCount.Read();
        }
        catch (Exception exception) when (ProcFile.IsUnreadable(exception))
        {
            _descriptors.Report(exception);
            return double.NaN;
        }
    }
}
