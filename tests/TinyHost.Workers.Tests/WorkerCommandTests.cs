// Owns: the command that starts the program again, and what a worker reads from its environment.

using System.Globalization;

namespace TinyHost.Workers.Tests;

public sealed class WorkerCommandTests
{
    [Theory]
    [InlineData("dotnet\0app.dll\0--workers\0" + "4\0", "/usr/bin/dotnet", "/usr/bin/dotnet", "app.dll --workers 4")]
    [InlineData("/srv/current/app\0", "/srv/17/app", "/srv/current/app", "")]
    [InlineData("./app\0a b\0\0", "/srv/17/app", "/srv/app", "a b ")]
    [InlineData("./old\0", "/srv/17/app", "/srv/17/app", "")]
    [InlineData("", "/srv/17/app", "/srv/17/app", "")]
    public void The_same_program_gets_the_same_arguments(string words, string path, string program, string arguments)
    {
        var command = WorkerCommand.Read(words, path, "/srv", file => file != "/srv/old");
        Assert.Equal((program, arguments), (command.Program, string.Join(' ', command.Arguments)));
    }

    [Fact]
    public void An_unknown_program_is_reported()
    {
        var fault = Assert.Throws<ServerStartException>(() => WorkerCommand.Read("app\0", null, "/srv", _ => true));
        Assert.Equal("Cannot start workers: the path of this program is unknown.", fault.Message);
    }

    [Fact]
    public void The_command_of_this_process_is_read()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone has /proc.");
        Assert.True(File.Exists(WorkerCommand.OfProcess().Program));
    }

    [Fact]
    public void A_process_without_a_channel_is_no_worker()
    {
        Assert.Equal(-1, WorkerSeat.Read(_ => null).Channel);
        Assert.Equal(-1, WorkerSeat.Read(name => name == WorkerVariables.Number ? "1" : null).Channel);
        Assert.Equal(-1, WorkerSeat.Read(_ => "x").Channel);
    }

    [Fact]
    public void A_worker_reads_its_channel_and_its_sockets()
    {
        var (channel, sockets) = WorkerSeat.Read(name => name switch
        {
            WorkerVariables.Channel => "7",
            WorkerVariables.Sockets => "8\tbound\tweb\n9\tactivated\t\nnonsense",
            _ => null,
        });
        Assert.Equal(7, channel);
        Assert.Equal([(8, "bound\tweb"), (9, "activated\t")], sockets);
    }

    [Theory]
    [InlineData(0, "exit code 0")]
    [InlineData(1, "exit code 1")]
    [InlineData(134, "SIGABRT")]
    [InlineData(137, "SIGKILL")]
    [InlineData(255, "exit code 255")]
    public void The_end_of_a_process_is_described(int code, string expected) => Assert.Equal(expected, ExitCode.Describe(code));

    [Fact]
    public void Shared_memory_is_told_of_by_key_and_given_back()
    {
        var memory = new FakeMemory();
        var memories = new SharedMemories();
        memories.Add("TinyHost:Metrics", memory);
        memories.Add("TinyHost:Metrics#ask", memory);
        Assert.Throws<ArgumentException>(() => memories.Add("TinyHost:Metrics", memory));
        Assert.Throws<ArgumentException>(() => memories.Add("a;b", memory));
        var created = memories.Create(2);
        Assert.Equal("1002=TinyHost:Metrics;1002=TinyHost:Metrics#ask", created.Variable);
        created.Started(99);
        created.Ended();
        Assert.Equal(["create 2", "create 2", "started 99", "started 99", "ended", "ended"], memory.Calls);
    }

    [Fact]
    public void A_stage_that_cannot_share_gets_back_what_was_made_before()
    {
        var memory = new FakeMemory();
        var memories = new SharedMemories();
        memories.Add("a", memory);
        memories.Add("b", new FakeMemory { Fails = true });
        Assert.Throws<IOException>(() => memories.Create(1));
        Assert.Equal(["create 1", "ended"], memory.Calls);
    }

    private sealed class FakeMemory : IWorkerMemory
    {
        internal List<string> Calls { get; } = [];

        internal bool Fails { get; init; }

        public System.Runtime.InteropServices.SafeHandle Create(int worker)
        {
            if (Fails)
            {
                throw new IOException("no memory");
            }

            Calls.Add($"create {worker}");
            return new Microsoft.Win32.SafeHandles.SafeFileHandle(1000 + worker, ownsHandle: false);
        }

        public void Started(System.Runtime.InteropServices.SafeHandle memory, int processId) =>
            Calls.Add(string.Create(CultureInfo.InvariantCulture, $"started {processId}"));

        public void Ended(System.Runtime.InteropServices.SafeHandle memory) => Calls.Add("ended");
    }
}
