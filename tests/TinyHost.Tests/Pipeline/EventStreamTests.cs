// Owns: tests of streams of server-sent events.

using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class EventStreamTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    private readonly Channel<string> _events = Channel.CreateUnbounded<string>();
    private readonly SemaphoreSlim _asked = new(0);
    private readonly TaskCompletionSource<bool> _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static TheoryData<ServerSentEvent, string> Events => new()
    {
        { new("a"), "data: a\n\n" },
        { new(""), "data: \n\n" },
        { new("a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n" },
        { new("a\n"), "data: a\ndata: \n\n" },
        { new("\r\n\n"), "data: \ndata: \ndata: \n\n" },
        { new(" id: 7"), "data:  id: 7\n\n" },
        { new("\u20ac\U0001F600"), "data: \u20ac\U0001F600\n\n" },
        { new("a") { Id = "7" }, "id: 7\ndata: a\n\n" },
        { new("a") { Id = "" }, "id: \ndata: a\n\n" },
        { new("a") { EventType = "tick", Id = "7", Retry = TimeSpan.FromSeconds(1.5) }, "event: tick\nid: 7\nretry: 1500\ndata: a\n\n" },
        { new("a") { Retry = TimeSpan.Zero }, "retry: 0\ndata: a\n\n" },
    };

    [Theory]
    [MemberData(nameof(Events))]
    public void An_event_is_written_line_by_line(ServerSentEvent item, string expected)
    {
        var written = new ArrayBufferWriter<byte>();
        item.WriteTo(written);
        Assert.Equal(expected, Encoding.UTF8.GetString(written.WrittenSpan));
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("\n")]
    public void Id_and_type_have_no_line_breaks(string text)
    {
        Assert.Throws<ArgumentException>(() => new ServerSentEvent("a") { Id = text });
        Assert.Throws<ArgumentException>(() => new ServerSentEvent("a") { EventType = text });
    }

    [Fact]
    public void Other_values_that_browsers_ignore_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new ServerSentEvent("a") { Id = "\0" });
        Assert.Throws<ArgumentException>(() => new ServerSentEvent("a") { EventType = "" });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ServerSentEvent("a") { Retry = TimeSpan.FromMilliseconds(-1) });
        Assert.Throws<ArgumentNullException>(() => new ServerSentEvent(null!));
    }

    [Fact]
    public async Task The_stream_ends_with_its_source()
    {
        ServerSentEvent[] events = [new("a") { Id = "1" }, new("b")];
        await using var server = await TestServer.StartAsync(context => context.Response.WriteEventsAsync(events.ToAsyncEnumerable()));
        using var client = await server.ConnectAsync();
        var response = await client.GetAsync("/");
        Assert.Equal((200, "id: 1\ndata: a\n\ndata: b\n\n"), (response.Status, response.Content));
        Assert.Equal("text/event-stream", response.Field("Content-Type"));
        Assert.Equal("no-store", response.Field("Cache-Control"));
        Assert.Equal("no", response.Field("X-Accel-Buffering"));
        Assert.Equal(200, (await client.GetAsync("/")).Status);
    }

    [Fact]
    public async Task Fields_that_the_handler_has_set_stay()
    {
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.Fields["Cache-Control"] = "no-cache, no-transform";
            context.Response.Fields["X-Accel-Buffering"] = "yes";
            return context.Response.WriteEventsAsync(new[] { "a" }.ToAsyncEnumerable());
        });
        using var client = await server.ConnectAsync();
        var response = await client.GetAsync("/");
        Assert.Equal(("no-cache, no-transform", "yes"), (response.Field("Cache-Control"), response.Field("X-Accel-Buffering")));
    }

    [Fact]
    public async Task HEAD_gets_the_fields_and_asks_for_no_event()
    {
        Func<RequestContext, Task> app = context => context.Response.WriteEventsAsync(Source(CancellationToken.None));
        var response = await app.SendAsync("HEAD", "/");
        Assert.Equal((200, "text/event-stream", null), (response.Status, response.Field("Content-Type"), response.Field("Content-Length")));
        Assert.Equal(0, _asked.CurrentCount);
    }

    [Fact]
    public async Task Head_and_events_are_sent_at_once()
    {
        using var server = Serve();
        Assert.EndsWith("\r\n\r\n", await server.Transport.SentAsync(sent => sent.Contains("\r\n\r\n", StringComparison.Ordinal)));
        _events.Writer.TryWrite("a");
        await server.Transport.SentAsync(sent => sent.Contains("data: a\n\n", StringComparison.Ordinal));
        _events.Writer.TryWrite("b");
        await server.Transport.SentAsync(sent => sent.Contains("data: b\n\n", StringComparison.Ordinal));
        _events.Writer.Complete();
        server.Transport.FinishSending();
        Assert.EndsWith("0\r\n\r\n", await server.EndAsync());
    }

    [Fact]
    public async Task Comments_are_sent_after_fifteen_silent_seconds_again_and_again()
    {
        using var server = Serve();
        await _asked.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        for (var count = 1; count <= 3; count++)
        {
            var seconds = 0;
            await Until.TrueAsync(() =>
            {
                seconds++;
                server.Time.Advance(TimeSpan.FromSeconds(1));
                return Comments(server) == count;
            });
            Assert.True(seconds >= 15, $"After {seconds} s.");
        }

        _events.Writer.TryWrite("a");
        await server.Transport.SentAsync(sent => sent.Contains("data: a\n\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_event_begins_the_silence_anew()
    {
        using var server = Serve();
        for (var i = 0; i < 4; i++)
        {
            await _asked.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
            server.Time.Advance(TimeSpan.FromSeconds(10));
            _events.Writer.TryWrite("a");
        }

        await _asked.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        Assert.Equal(0, Comments(server));
    }

    [Fact]
    public async Task A_stop_ends_the_stream_as_its_end()
    {
        var server = await TestServer.StartAsync(context => context.Response.WriteEventsAsync(Source(), context.Aborted));
        using var client = await server.ConnectAsync();
        await client.SendAsync(Get);
        await client.ReadHeadAsync();
        await _asked.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        await server.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal("0\r\n\r\n", await client.ReadToEndAsync());
        Assert.True(await _disposed.Task.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken));
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_leaves_ends_the_source(bool isReset)
    {
        using var server = Serve();
        await _asked.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        if (isReset)
        {
            server.Transport.Reset();
        }
        else
        {
            server.Transport.FinishSending();
        }

        server.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await _disposed.Task.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken));
        await server.Served.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(server.Log.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_comment_that_cannot_be_sent_ends_the_source()
    {
        using var server = Serve(new MemoryTransport { FailSend = 1 }.Arrive(Get));
        await _asked.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        await Until.TrueAsync(() =>
        {
            server.Time.Advance(TimeSpan.FromSeconds(1));
            return _disposed.Task.IsCompleted;
        });
        await server.Served.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task An_event_waits_for_a_comment_that_is_being_sent()
    {
        using var server = Serve();
        await BlockCommentAsync(server);
        _events.Writer.TryWrite("a");
        await Until.TrueAsync(() => _events.Reader.Count == 0);
        Assert.DoesNotContain("data:", server.Transport.Sent, StringComparison.Ordinal);
        server.Transport.UnblockSends();
        var sent = await server.Transport.SentAsync(sent => sent.Contains("data: a\n\n", StringComparison.Ordinal));
        Assert.EndsWith("\r\n3\r\n:\n\n\r\n9\r\ndata: a\n\n\r\n", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_waits_for_a_comment_that_is_being_sent()
    {
        using var server = Serve();
        await BlockCommentAsync(server);
        _events.Writer.Complete();
        await _disposed.Task.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        server.Transport.UnblockSends();
        server.Transport.FinishSending();
        Assert.EndsWith("\r\n3\r\n:\n\n\r\n0\r\n\r\n", await server.EndAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(server.Log.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task No_second_comment_is_begun_while_one_is_being_sent()
    {
        using var server = Serve();
        await BlockCommentAsync(server);
        server.Time.Advance(TimeSpan.FromSeconds(2));
        server.Transport.UnblockSends();
        await Until.TrueAsync(() => Comments(server) == 1);
        _events.Writer.TryWrite("a");
        await server.Transport.SentAsync(sent => sent.Contains("data: a\n\n", StringComparison.Ordinal));
        Assert.Equal(1, Comments(server));
    }

    [Fact]
    public async Task A_source_that_fails_cuts_the_stream_off()
    {
        using var server = Serve();
        await _asked.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        _events.Writer.Complete(new InvalidOperationException("no more"));
        Assert.DoesNotContain("\r\n0\r\n", await server.EndAsync(), StringComparison.Ordinal);
        Assert.Contains(server.Log.Entries, entry => entry.Level == LogLevel.Error);
    }

    [Fact]
    public async Task A_token_of_the_handlers_own_ends_the_stream_with_an_exception()
    {
        using var source = new CancellationTokenSource();
        Exception? thrown = null;
        await using var server = await TestServer.StartAsync(async context =>
        {
            thrown = await Record.ExceptionAsync(() => context.Response.WriteEventsAsync(Source(), source.Token));
        });
        using var client = await server.ConnectAsync();
        await client.SendAsync(Get);
        await _asked.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        await source.CancelAsync();
        Assert.True(await _disposed.Task.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken));
        await Until.TrueAsync(() => Volatile.Read(ref thrown) is OperationCanceledException);
    }

    [Fact]
    public async Task Null_is_not_an_event()
    {
        using var server = Serve(events: new string[] { null! }.ToAsyncEnumerable());
        await server.EndAsync();
        Assert.Contains(server.Log.Entries, entry => entry.Exception?.Message == "The source of events yielded null.");
    }

    private MemoryServer Serve(MemoryTransport? transport = null, IAsyncEnumerable<string>? events = null) =>
        new(
            context => context.Response.WriteEventsAsync(events ?? Source(), context.Aborted),
            transport ?? new MemoryTransport().Arrive(Get));

    // A comment has begun that the peer does not read.
    private async Task BlockCommentAsync(MemoryServer server)
    {
        await _asked.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        server.Transport.BlockSends();
        for (var seconds = 0; seconds < 17; seconds++)
        {
            server.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await Until.TrueAsync(() => server.Transport.SendIsBlocked);
    }

    private static int Comments(MemoryServer server) => server.Transport.Sent.Split("\n:\n\n").Length - 1;

    private async IAsyncEnumerable<string> Source([EnumeratorCancellation] CancellationToken token = default)
    {
        try
        {
            while (true)
            {
                _asked.Release();
                if (!await _events.Reader.WaitToReadAsync(token))
                {
                    yield break;
                }

                yield return await _events.Reader.ReadAsync(token);
            }
        }
        finally
        {
            _disposed.TrySetResult(token.IsCancellationRequested);
        }
    }
}
