using System.Net.Sockets;

namespace TinyHost.Metrics.Tests.Processes;

public sealed class LinuxProcessTests
{
    private const string Stat =
        "4711 (a (b) c) S 1 2 3 0 -1 4194304 103 0 0 0 250 150 0 0 20 0 1 0 6000 3133440 416 "
        + "18446744073709551615 1 2 3 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0";

    [Theory]
    [InlineData(14, 250)]
    [InlineData(15, 150)]
    [InlineData(22, 6000)]
    [InlineData(23, 3133440)]
    [InlineData(24, 416)]
    [InlineData(99, double.NaN)]
    public void Fields_are_found_after_a_name_of_any_characters(int number, double expected) =>
        Assert.Equal(expected, LinuxProcess.Field(System.Text.Encoding.ASCII.GetBytes(Stat), number));

    [Fact]
    public void An_empty_line_has_no_fields() => Assert.Equal(double.NaN, LinuxProcess.Field(default, 14));

    [Theory]
    [InlineData("Max open files            1024                 1048576              files     ", 1024)]
    [InlineData("Max open files            unlimited            unlimited            files     ", double.PositiveInfinity)]
    [InlineData("Max processes             5                    5                    processes ", double.NaN)]
    [InlineData("Max open files", double.NaN)]
    public void The_soft_limit_is_read(string line, double expected) =>
        Assert.Equal(expected, LinuxProcess.OpenFilesLimit(["Limit  Soft Limit  Hard Limit  Units", line]));

    [Fact]
    public void Figures_come_from_the_proc_file_system()
    {
        var proc = Directory.CreateTempSubdirectory().FullName;
        Directory.CreateDirectory(Path.Combine(proc, "self", "fd"));
        File.WriteAllText(Path.Combine(proc, "self", "stat"), Stat);
        File.WriteAllText(Path.Combine(proc, "self", "limits"), "Max open files 1024 4096 files\n");
        File.WriteAllText(Path.Combine(proc, "stat"), "cpu 1 2 3\nbtime 1700000000\n");
        using var probe = new LinuxProcess(proc);
        var reading = probe.Read();
        Assert.Equal(1_700_000_060, probe.StartSeconds);
        Assert.Equal(1_024, probe.MaxDescriptors);
        Assert.Equal(4, reading.CpuSeconds);
        Assert.Equal(416 * Environment.SystemPageSize, reading.ResidentBytes);
        Assert.Equal(3_133_440, reading.VirtualBytes);
    }

    [Fact]
    public void Without_a_proc_file_system_everything_is_unknown()
    {
        using var probe = new LinuxProcess("/nowhere");
        Assert.Equal(ProcessReading.Unknown, probe.Read());
        Assert.Equal(double.NaN, probe.StartSeconds);
        Assert.Equal(double.NaN, probe.MaxDescriptors);
    }

    [Fact]
    public void Figures_of_this_process_are_plausible()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("There is no /proc on this system.");
        }

        using var probe = new LinuxProcess("/proc");
        AssertPlausible(probe);
        Assert.True(probe.MaxDescriptors > 0);
        Assert.True(probe.Read().OpenDescriptors > 3);
    }

    [Fact]
    public void Figures_of_this_process_are_plausible_on_any_system()
    {
        using var probe = new AnyProcess();
        AssertPlausible(probe);
    }

    [Fact]
    public void Open_descriptors_are_counted()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("There is no /proc on this system.");
        }

        // Other tests open and close a few descriptors meanwhile, but not hundreds.
        var descriptors = new DescriptorCount("/proc/self");
        var before = descriptors.Read();
        var sockets = Enumerable.Range(0, 400).Select(
            _ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToList();
        var during = descriptors.Read();
        sockets.ForEach(socket => socket.Dispose());
        Assert.InRange(during - before, 300, 500);
    }

    [Fact]
    public void Descriptors_are_counted_one_by_one_where_the_directory_has_no_size()
    {
        const string Sizeless = "/proc/self/ns";
        if (!Directory.Exists(Sizeless))
        {
            Assert.Skip("There is no /proc on this system.");
        }

        var process = Directory.CreateTempSubdirectory().FullName;
        Directory.CreateSymbolicLink(Path.Combine(process, "fd"), Sizeless);

        // Counting opens a descriptor itself and subtracts it.
        Assert.Equal(Directory.GetFileSystemEntries(Sizeless).Length - 1, new DescriptorCount(process).Read());
    }

    private static void AssertPlausible(IProcessProbe probe)
    {
        double now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var reading = probe.Read();
        Assert.InRange(probe.StartSeconds, now - 86_400, now + 5);
        Assert.InRange(reading.CpuSeconds, 0.01, 86_400);
        Assert.InRange(reading.ResidentBytes, 1_000_000, reading.VirtualBytes);
    }
}
