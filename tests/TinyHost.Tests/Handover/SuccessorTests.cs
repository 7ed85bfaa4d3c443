// Owns: tests of what the old process does about new ones that are late, disappear, are two, or speak otherwise.

using System.Net.Sockets;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class SuccessorTests : IAsyncDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly RecordingLogger _log = new();
    private readonly TaskCompletionSource _handedOver = new();
    private readonly InheritedSockets _sockets = new([]);
    private readonly HandoverEndpoint _endpoint;
    private readonly HttpServer _server;

    public SuccessorTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        var options = new ServerOptions { Inherited = () => _sockets };
        options.Prefixes.Add("http://127.0.0.1:0/");
        _server = new HttpServer(options, context => context.Response.WriteTextAsync("old"));
        _endpoint = new HandoverEndpoint(
            HandoverEndpoint.Bind(HandoverPath), new HandoverTerms(_sockets, s_timeout, _time, _log, _handedOver.SetResult));
        _endpoint.Start();
    }

    private string HandoverPath => _folder.PathOf("handover");

    private static string Self => $"Process {Environment.ProcessId}";

    public async ValueTask DisposeAsync()
    {
        if (OperatingSystem.IsLinux())
        {
            _endpoint.Dispose();
            await _server.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Fact]
    public async Task A_new_process_that_is_late_is_told_so_and_the_old_one_goes_on()
    {
        using var next = await TakeAsync();
        await Until.TrueAsync(() => Has($"{Self} is starting to take over."));
        _time.Advance(s_timeout - TimeSpan.FromSeconds(1));
        Assert.DoesNotContain(_log.Entries, entry => entry.Message.Contains("not ready", StringComparison.Ordinal));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("refused this process was not ready within 60 s (TinyHost:Handover:Timeout)", await ReadAsync(next));
        Assert.Null(await ReadAsync(next));
        await AssertGoesOnAsync($"{Self} was not ready to take over within 60 s (TinyHost:Handover:Timeout). This process goes on.");
    }

    [Fact]
    public async Task A_new_process_that_disappears_before_it_is_ready_changes_nothing()
    {
        (await TakeAsync()).Dispose();
        await AssertGoesOnAsync($"{Self} ended before it was ready to take over. This process goes on.");
    }

    [Fact]
    public async Task A_new_process_that_disappears_before_it_confirms_changes_nothing()
    {
        using (var next = await TakeAsync())
        {
            next.Send("ready 0");
            Assert.Equal("yours", await ReadAsync(next));
        }

        await AssertGoesOnAsync($"{Self} ended before it was ready to take over. This process goes on.");
    }

    [Fact]
    public async Task A_new_process_that_hangs_before_it_confirms_changes_nothing()
    {
        using var next = await TakeAsync();
        next.Send("ready 0");
        Assert.Equal("yours", await ReadAsync(next));
        _time.Advance(HandoverChannel.AnswerTime);
        await AssertGoesOnAsync($"The handover to process {Environment.ProcessId} failed, and this process goes on: ");
    }

    [Fact]
    public async Task Descriptors_that_belong_to_no_line_are_closed_with_the_connection()
    {
        using var next = await ConnectSocketAsync();
        using var ends = await UnixPair.CreateAsync();
        // Without the end of a line, so that the old process reads on.
        for (var i = 0; i < 3; i++)
        {
            DescriptorMessage.Send(next, "t"u8, ends.Other.SafeHandle);
        }

        ends.Other.Dispose();
        await Until.TrueAsync(() => Has($"The handover to process {Environment.ProcessId} failed, and this process goes on: "
            + "the other process sent descriptors that belong to no line."));
        // No copy is left that keeps the other end open.
        Assert.Equal(0, await ends.One.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Only_so_many_processes_are_served_at_once_and_the_others_wait()
    {
        var silent = new List<HandoverChannel>();
        for (var i = 0; i < 8; i++)
        {
            silent.Add(await ConnectAsync());
        }

        using var stranger = await ConnectSocketAsync();
        stranger.Send("hello\n"u8);
        Assert.False(stranger.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectRead));
        silent[0].Dispose();
        Assert.Equal(0, await stranger.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));
        using var next = await TakeAsync();
        silent.ForEach(channel => channel.Dispose());
    }

    [Fact]
    public async Task Of_two_new_processes_the_first_takes_over()
    {
        using var first = await TakeAsync();
        using var second = await ConnectAsync();
        second.Send("take 1");
        Assert.Equal($"refused process {Environment.ProcessId} is taking over already", await ReadAsync(second));
        first.Send("ready 0");
        Assert.Equal("yours", await ReadAsync(first));
        first.Send("taken");
        await _handedOver.Task.WaitAsync(TestTimeout.Long);
        Assert.True(_sockets.Kept.IsHandedOver);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("ready 1")]
    [InlineData("ready -1")]
    [InlineData("ready 0 x")]
    public async Task A_new_process_that_says_something_else_changes_nothing(string line)
    {
        using var next = await TakeAsync();
        next.Send(line);
        Assert.Null(await ReadAsync(next));
        await AssertGoesOnAsync($"The handover to process {Environment.ProcessId} failed, and this process goes on: it ");
    }

    [Theory]
    [InlineData("take 2")]
    [InlineData("GET / HTTP/1.1")]
    public async Task A_process_that_does_not_ask_for_the_sockets_gets_none(string line)
    {
        await _server.StartAsync();
        using var next = await ConnectAsync();
        next.Send(line);
        Assert.Null(await ReadAsync(next));
    }

    [Fact]
    public async Task A_process_that_never_speaks_does_not_keep_others_out()
    {
        using var silent = await ConnectAsync();
        using var next = await TakeAsync();
        next.Send("ready 0");
        Assert.Equal("yours", await ReadAsync(next));
    }

    private bool Has(string message) => _log.Entries.Any(entry => entry.Message.StartsWith(message, StringComparison.Ordinal));

    private async Task<HandoverChannel> ConnectAsync() => new(await ConnectSocketAsync());

    private async Task<Socket> ConnectSocketAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(HandoverPath));
        return socket;
    }

    /// <summary>A new process that has received the sockets.</summary>
    private async Task<HandoverChannel> TakeAsync()
    {
        if (_server.EndPoints.Count == 0)
        {
            await _server.StartAsync();
        }

        var channel = await ConnectAsync();
        channel.Send("take 1");
        Assert.Equal("bound\thttp://127.0.0.1:0/", await ReadAsync(channel));
        channel.TakeDescriptor().Dispose();
        Assert.Equal("endpoint", await ReadAsync(channel));
        channel.TakeDescriptor().Dispose();
        return channel;
    }

    /// <summary>The server accepts, its sockets are its own, and the next process can take over.</summary>
    private async Task AssertGoesOnAsync(string message)
    {
        await Until.TrueAsync(() => Has(message));
        Assert.False(_handedOver.Task.IsCompleted);
        Assert.False(_sockets.Kept.IsHandedOver);
        Assert.All(_sockets.Kept.Open, listener => Assert.False(listener.IsShared));
        Assert.Equal("old", await HandoverHost.AskAsync(_server.EndPoints[0]));
        using var next = await TakeAsync();
        next.Send("ready 0");
        Assert.Equal("yours", await ReadAsync(next));
        next.Send("taken");
        await _handedOver.Task.WaitAsync(TestTimeout.Long);
    }

    private static async Task<string?> ReadAsync(HandoverChannel channel)
    {
        using var timeout = new CancellationTokenSource(TestTimeout.Long);
        return await channel.ReadAsync(timeout.Token);
    }
}
