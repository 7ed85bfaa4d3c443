// Owns: a worker's connection to its parent: a host that blocks its stop, and a connection that breaks while the parent lives.

using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Hosting;

namespace TinyHost.Workers.Tests;

public sealed class ParentLinkTests
{
    [Fact]
    public async Task A_callback_that_blocks_the_stop_does_not_keep_the_parents_questions_waiting()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone hands sockets to other processes.");
        using var lifetime = new Lifetime { Blocks = true };
        var (link, parent) = Connect(lifetime, static () => { });
        using (parent)
        using (link)
        {
            await parent.SendAsync("stop\nask 7 ping\n"u8.ToArray());
            var answer = new byte[100];
            var length = await parent.ReceiveAsync(answer);
            Assert.Equal("answer 7 \n", Encoding.UTF8.GetString(answer, 0, length));
            await lifetime.Stopped;
            lifetime.Release();
        }
    }

    [Fact]
    public async Task A_connection_that_breaks_while_the_parent_lives_leaves_the_sockets_to_the_other_workers()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone hands sockets to other processes.");
        using var lifetime = new Lifetime();
        var closed = false;
        var (link, parent) = Connect(lifetime, () => closed = true);
        using (link)
        {
            parent.Dispose();
            await lifetime.Stopped;
            Assert.False(closed);
        }
    }

    [Fact]
    public async Task A_stop_of_all_workers_closes_the_sockets_to_peers()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone hands sockets to other processes.");
        using var lifetime = new Lifetime();
        var closed = false;
        var (link, parent) = Connect(lifetime, () => closed = true);
        using (parent)
        using (link)
        {
            await parent.SendAsync("stop\n"u8.ToArray());
            await lifetime.Stopped;
            Assert.True(closed);
        }
    }

    private static (ParentLink Link, Socket Parent) Connect(IHostApplicationLifetime lifetime, Action close)
    {
        var (own, peer) = Inheritance.Pair();
        var link = new ParentLink(new Socket(own), [], (static () => { }, close), lifetime, TimeSpan.FromMinutes(5));
        link.Start();
        return (link, new Socket(peer));
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _released = new();

        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        internal bool Blocks { get; init; }

        internal Task Stopped => _stopped.Task;

        public void StopApplication()
        {
            _stopped.TrySetResult();
            if (Blocks)
            {
                _released.Wait();
            }
        }

        public void Dispose() => _released.Dispose();

        internal void Release() => _released.Set();
    }
}
