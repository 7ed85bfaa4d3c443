using TinyHost.Bench.Measuring;

namespace TinyHost.Bench.Tests.Measuring;

public sealed class ProcessTreeTests
{
    [Fact]
    public void Parse_finds_parent_and_ticks_after_a_name_with_spaces_and_parentheses()
    {
        const string Line = "4711 (a (b) c) S 42 4711 4711 0 -1 4194560 1025 0 0 0 130 27 5 6 20 0 1 0 100 0 0";
        Assert.Equal(new ProcessStat(4711, Parent: 42, Ticks: 157), ProcessStat.Parse(4711, Line));
    }

    [Fact]
    public void Tree_of_this_process_reports_processor_time_and_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        var processes = new ProcessTree(Environment.ProcessId);
        Assert.True(processes.ProcessorMicroseconds() > 0);
        Assert.True(processes.ResidentBytes() > 1_048_576);
        Assert.InRange(processes.ProportionalBytes(), 1_048_576, processes.ResidentBytes() * 2);
    }
}
