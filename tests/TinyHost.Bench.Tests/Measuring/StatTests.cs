using TinyHost.Bench.Measuring;

namespace TinyHost.Bench.Tests.Measuring;

public sealed class StatTests
{
    [Fact]
    public void Parent_and_ticks_are_found_behind_a_name_with_blanks_and_brackets()
    {
        const string Line = "4711 (a (b) c) S 42 4711 4711 0 -1 4194560 1025 0 0 0 130 27 5 6 20 0 1 0 100 0 0";
        Assert.Equal(new Stat(4711, Parent: 42, Ticks: 157), Stat.Parse(4711, Line));
    }

    [Fact]
    public void The_tree_of_this_process_uses_processor_and_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc, which only Linux has");
        var processes = new ProcessTree(Environment.ProcessId);
        Assert.True(processes.ProcessorMicroseconds() > 0);
        Assert.True(processes.ResidentBytes() > 1_048_576);
        Assert.InRange(processes.ProportionalBytes(), 1_048_576, processes.ResidentBytes() * 2);
    }
}
