using System.Net.Sockets;
using System.Text;

namespace TinyHost.Metrics.Tests.Processes;

public sealed class LinuxProcessTests
{
    private const string Stat =
        "4711 (a (b) c) S 1 2 3 0 -1 4194304 103 0 0 0 250 150 0 0 20 0 1 0 6000 3133440 416 "
        + "18446744073709551615 1 2 3 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0";

    private const string NetStat =
        "TcpExt: SyncookiesSent InOctets\nTcpExt: 1 2\nIpExt: InNoRoutes InOctets OutOctets\nIpExt: 0 7000 8000\n";

    private readonly List<string> _unreadable = [];

    [Theory]
    [InlineData(14, 250)]
    [InlineData(15, 150)]
    [InlineData(20, 1)]
    [InlineData(22, 6000)]
    [InlineData(23, 3133440)]
    [InlineData(24, 416)]
    [InlineData(99, double.NaN)]
    public void Fields_are_found_after_a_name_of_any_characters(int number, double expected) =>
        Assert.Equal(expected, ProcText.StatField(Encoding.ASCII.GetBytes(Stat), number));

    [Fact]
    public void An_empty_line_has_no_fields() => Assert.Equal(double.NaN, ProcText.StatField(default, 14));

    [Theory]
    [InlineData("Max open files            1024                 1048576              files     ", 1024)]
    [InlineData("Max open files            unlimited            unlimited            files     ", double.PositiveInfinity)]
    [InlineData("Max processes             5                    5                    processes ", double.NaN)]
    [InlineData("Max open files", double.NaN)]
    public void The_soft_limit_is_read(string line, double expected) => Assert.Equal(
        expected,
        ProcText.SoftLimit(
            Encoding.ASCII.GetBytes($"Limit  Soft Limit  Hard Limit  Units\n{line}\n"), "Max open files"u8, double.PositiveInfinity));

    [Theory]
    [InlineData("InOctets", 7_000)]
    [InlineData("OutOctets", 8_000)]
    [InlineData("InNoRoutes", 0)]
    [InlineData("SyncookiesSent", double.NaN)]
    public void Network_figures_are_found_by_group_and_name(string name, double expected) => Assert.Equal(
        expected, ProcText.NetworkFigure(Encoding.ASCII.GetBytes(NetStat), "IpExt:"u8, Encoding.ASCII.GetBytes(name)));

    [Theory]
    [InlineData("")]
    [InlineData("IpExt: InOctets\n")]
    [InlineData("IpExt: InOctets\nIpExt:\n")]
    public void Incomplete_network_figures_are_unknown(string text) =>
        Assert.Equal(double.NaN, ProcText.NetworkFigure(Encoding.ASCII.GetBytes(text), "IpExt:"u8, "InOctets"u8));

    [Fact]
    public void Figures_come_from_the_proc_file_system()
    {
        using var probe = NewProbe(NewProc());
        var reading = probe.Read();
        Assert.Equal(1_700_000_060, probe.StartSeconds);
        Assert.Equal(1_024, probe.MaxDescriptors);
        Assert.Equal(4, reading.CpuSeconds);
        Assert.Equal(416 * Environment.SystemPageSize, reading.ResidentBytes);
        Assert.Equal(3_133_440, reading.VirtualBytes);
        Assert.Equal(ulong.MaxValue, reading.MaxVirtualBytes);
        Assert.Equal(1, reading.Threads);
        Assert.Equal((7_000, 8_000), (reading.ReceivedBytes, reading.SentBytes));
        Assert.Empty(_unreadable);
    }

    [Fact]
    public void Without_a_proc_file_system_everything_is_unknown_and_each_file_is_reported_once()
    {
        using var probe = NewProbe("/nowhere");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(ProcessReading.Unknown, probe.Read());
            Assert.Equal(double.NaN, probe.StartSeconds);
            Assert.Equal(double.NaN, probe.MaxDescriptors);
        }

        Assert.Equal(
            ["/nowhere/self/stat", "/nowhere/self/limits", "/nowhere/self/net/netstat", "/nowhere/self/fd"], _unreadable);
    }

    public static TheoryData<string> Files => ["self/stat", "self/limits", "self/net/netstat", "self/fd", "stat"];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_failed_first_reading_costs_only_the_figures_of_its_file_and_only_until_it_succeeds(string file)
    {
        var proc = NewProc();
        var (present, hidden) = (Path.Combine(proc, file), Path.Combine(proc, "hidden"));
        Directory.Move(present, hidden);
        using var probe = NewProbe(proc);
        var partial = probe.Read();
        var known = Figures(probe, partial);
        Assert.Contains(known, double.IsNaN);
        Assert.Contains(known, figure => !double.IsNaN(figure));
        Assert.Equal([present], _unreadable);

        Directory.Move(hidden, present);
        var complete = probe.Read();
        Assert.DoesNotContain(Figures(probe, complete), double.IsNaN);
        Assert.Equal([present], _unreadable);
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_reported_and_opened_later()
    {
        var proc = NewProc();
        var stat = Path.Combine(proc, "self", "stat");
        File.Delete(stat);
        Directory.CreateSymbolicLink(stat, "/proc/self/mem");
        Assert.SkipUnless(File.Exists(stat), "There is no /proc on this system.");
        using var probe = NewProbe(proc);
        Assert.Equal(double.NaN, probe.Read().CpuSeconds);
        Assert.Equal([stat], _unreadable);

        File.Delete(stat);
        File.WriteAllText(stat, Stat);
        Assert.Equal(4, probe.Read().CpuSeconds);
    }

    [Fact]
    public void Content_of_any_length_is_read_whole()
    {
        var path = Path.Combine(NewProc(), "long");
        var content = string.Concat(Enumerable.Range(0, 10_000));
        File.WriteAllText(path, content);
        using var file = new ProcFile(path, (_, exception) => throw exception);
        Assert.Equal(content, Encoding.ASCII.GetString(file.Read()));
        File.WriteAllText(path, "short");
        Assert.Equal("short", Encoding.ASCII.GetString(file.Read()));
    }

    [Fact]
    public void Figures_of_this_process_are_plausible()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("There is no /proc on this system.");
        }

        using var probe = NewProbe("/proc");
        AssertPlausible(probe);
        Assert.True(probe.MaxDescriptors > 0);
        Assert.True(probe.Read().OpenDescriptors > 3);
        Assert.InRange(probe.Read().Threads, 2, 10_000);
        Assert.True(probe.Read().MaxVirtualBytes > probe.Read().VirtualBytes);
        Assert.False(double.IsNaN(probe.Read().ReceivedBytes));
        Assert.Empty(_unreadable);
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

    private LinuxProcess NewProbe(string proc) => new(proc, (path, _) => _unreadable.Add(path));

    private static string NewProc()
    {
        var proc = Directory.CreateTempSubdirectory().FullName;
        Directory.CreateDirectory(Path.Combine(proc, "self", "fd"));
        Directory.CreateDirectory(Path.Combine(proc, "self", "net"));
        File.WriteAllText(Path.Combine(proc, "self", "stat"), Stat);
        File.WriteAllText(Path.Combine(proc, "self", "net", "netstat"), NetStat);
        File.WriteAllText(
            Path.Combine(proc, "self", "limits"), "Max open files 1024 4096 files\nMax address space unlimited unlimited bytes\n");
        File.WriteAllText(Path.Combine(proc, "stat"), "cpu 1 2 3\nbtime 1700000000\n");
        return proc;
    }

    private static double[] Figures(LinuxProcess probe, ProcessReading reading) =>
    [
        probe.StartSeconds, probe.MaxDescriptors, reading.CpuSeconds, reading.ResidentBytes, reading.VirtualBytes,
        reading.OpenDescriptors, reading.MaxVirtualBytes, reading.Threads, reading.ReceivedBytes, reading.SentBytes,
    ];

    private static void AssertPlausible(IProcessProbe probe)
    {
        double now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var reading = probe.Read();
        Assert.InRange(probe.StartSeconds, now - 86_400, now + 5);
        Assert.InRange(reading.CpuSeconds, 0.01, 86_400);
        Assert.InRange(reading.ResidentBytes, 1_000_000, reading.VirtualBytes);
    }
}
