// Owns: tests of what a new process does about an old one that refuses, hangs, ends or speaks otherwise.

using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class PredecessorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly RecordingLogger _log = new();
    private readonly Socket _old;

    public PredecessorTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        _old = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _old.Bind(new UnixDomainSocketEndPoint(HandoverPath));
    }

    private string HandoverPath => _folder.PathOf("handover");

    private static string Self => $"process {Environment.ProcessId}";

    public void Dispose()
    {
        _old.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Without_a_process_at_the_path_there_is_nothing_to_take_over()
    {
        // Bound, but not listening: as left by a process that was killed.
        Assert.Null(await FindAsync());
        File.Delete(HandoverPath);
        Assert.Null(await FindAsync());
    }

    [Fact]
    public async Task A_process_that_ends_before_it_has_passed_everything_is_no_predecessor()
    {
        var finding = ListenAndFindAsync();
        using (var old = await AcceptAsync())
        {
            old.Send("bound", Listening().SafeHandle);
        }

        Assert.Null(await finding);
    }

    [Theory]
    [InlineData("refused process 7 is taking over already", "process 7 is taking over already")]
    [InlineData("bound", "the other process sent no descriptor")]
    [InlineData("endpoint", "the other process sent no descriptor")]
    public async Task A_process_that_passes_no_socket_fails_the_start(string line, string reason)
    {
        var finding = ListenAndFindAsync();
        using var old = await AcceptAsync();
        old.Send(line);
        var error = await Assert.ThrowsAsync<ServerStartException>(() => finding);
        Assert.Equal($"Cannot take over at {HandoverPath} (TinyHost:Handover): {reason}.", error.Message);
    }

    [Fact]
    public async Task A_line_that_cannot_be_read_fails_the_start()
    {
        var finding = ListenAndFindAsync();
        using var old = await AcceptAsync();
        old.Send("HTTP/1.1 400 Bad Request", Listening().SafeHandle);
        var error = await Assert.ThrowsAsync<ServerStartException>(() => finding);
        Assert.Equal(
            $"Cannot take over at {HandoverPath} (TinyHost:Handover): it sent 'HTTP/1.1 400 Bad Request'.", error.Message);
    }

    [Fact]
    public async Task A_line_without_an_end_fails_the_start()
    {
        var finding = ListenAndFindAsync();
        using var old = await AcceptAsync();
        old.Send(new string('x', 20_000));
        var error = await Assert.ThrowsAsync<ServerStartException>(() => finding);
        Assert.EndsWith("the other process sent a line that is too long.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_does_not_answer_fails_the_start()
    {
        var finding = ListenAndFindAsync();
        using var old = await AcceptAsync();
        _time.Advance(HandoverChannel.AnswerTime);
        var error = await Assert.ThrowsAsync<ServerStartException>(() => finding);
        Assert.Equal($"Cannot take over at {HandoverPath} (TinyHost:Handover): {Self} does not answer.", error.Message);
    }

    [Theory]
    [InlineData("refused I have changed my mind", "goes on: I have changed my mind")]
    [InlineData("mine", "goes on: it sent 'mine'")]
    public async Task A_process_that_goes_on_fails_the_start(string answer, string reason)
    {
        var (predecessor, old) = await TakeAsync();
        using (predecessor)
        using (old)
        {
            var ending = predecessor.EndAsync();
            Assert.Equal("ready 0", await ReadAsync(old));
            old.Send(answer);
            var error = await Assert.ThrowsAsync<ServerStartException>(() => ending);
            Assert.Equal($"Cannot take over: {Self} {reason}.", error.Message);
            Assert.True(predecessor.Endpoint!.IsShared);
        }
    }

    [Fact]
    public async Task A_process_that_has_refused_and_left_before_this_one_was_ready_goes_on()
    {
        var (predecessor, old) = await TakeAsync();
        using (predecessor)
        {
            old.Send("refused this process was not ready");
            old.Dispose();
            var error = await Assert.ThrowsAsync<ServerStartException>(predecessor.EndAsync);
            Assert.Equal($"Cannot take over: {Self} goes on: this process was not ready.", error.Message);
        }
    }

    [Fact]
    public async Task A_process_that_hangs_when_this_one_is_ready_fails_the_start()
    {
        var (predecessor, old) = await TakeAsync();
        using (predecessor)
        using (old)
        {
            var ending = predecessor.EndAsync();
            Assert.Equal("ready 0", await ReadAsync(old));
            _time.Advance(HandoverChannel.AnswerTime);
            var error = await Assert.ThrowsAsync<ServerStartException>(() => ending);
            Assert.Equal($"Cannot take over: {Self} does not answer, and goes on.", error.Message);
        }
    }

    [Fact]
    public async Task A_process_that_dies_before_this_one_is_ready_leaves_the_sockets()
    {
        var (predecessor, old) = await TakeAsync();
        using (predecessor)
        {
            old.Dispose();
            await predecessor.EndAsync();
            Assert.False(predecessor.Endpoint!.IsShared);
            Assert.Contains((LogLevel.Warning, $"Took over from {Self}, which ended before this process was ready.", null), _log.Entries);
        }
    }

    [Fact]
    public async Task Servers_accept_once_the_process_has_ended()
    {
        var (predecessor, old) = await TakeAsync();
        using (predecessor)
        using (old)
        {
            var accepts = 0;
            predecessor.Sockets.Kept.Opened([], _log, () => accepts++);
            IReadOnlyList<Listener> stopped = new List<Listener>();
            predecessor.Sockets.Kept.Opened(stopped, _log, () => accepts += 100);
            predecessor.Sockets.Kept.Closed(stopped);
            var ending = predecessor.EndAsync();
            await ReadAsync(old);
            Assert.Equal(0, accepts);
            old.Send("yours");
            await ending;
            Assert.Equal("taken", await ReadAsync(old));
            Assert.Equal(1, accepts);
            predecessor.Sockets.Kept.Opened([], _log, () => accepts++);
            Assert.Equal(2, accepts);
        }
    }

    private static Socket Listening()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    private static async Task<string?> ReadAsync(HandoverChannel channel)
    {
        using var timeout = new CancellationTokenSource(TestTimeout.Long);
        return await channel.ReadAsync(timeout.Token);
    }

    private Task<Predecessor?> FindAsync() =>
        Predecessor.FindAsync(HandoverPath, new InheritedSockets([]), _time, _log, TestContext.Current.CancellationToken);

    private Task<Predecessor?> ListenAndFindAsync()
    {
        _old.Listen();
        return FindAsync();
    }

    /// <summary>The old process's end of the connection, once it was asked for its sockets.</summary>
    private async Task<HandoverChannel> AcceptAsync()
    {
        var channel = new HandoverChannel(await _old.AcceptAsync(TestContext.Current.CancellationToken));
        Assert.Equal("take 1", await ReadAsync(channel));
        return channel;
    }

    /// <summary>An old process that has passed one socket, which a server here goes on with.</summary>
    private async Task<(Predecessor Predecessor, HandoverChannel Old)> TakeAsync()
    {
        var finding = ListenAndFindAsync();
        var old = await AcceptAsync();
        using var passed = Listening();
        var endPoint = (IPEndPoint)passed.LocalEndPoint!;
        old.Send("bound", passed.SafeHandle);
        old.Send("endpoint", _old.SafeHandle);
        var predecessor = (await finding)!;
        Assert.NotNull(predecessor.Sockets.Kept.Take(endPoint.Address, endPoint.Port));
        return (predecessor, old);
    }
}
