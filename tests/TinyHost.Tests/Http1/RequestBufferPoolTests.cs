using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class RequestBufferPoolTests
{
    private readonly CountingPool _arrays = new();

    [Fact]
    public void Buffers_given_back_are_lent_again()
    {
        var pool = new RequestBufferPool(_arrays);
        var buffers = pool.Borrow();
        Assert.NotSame(buffers, pool.Borrow());
        pool.GiveBack(buffers);
        Assert.Same(buffers, pool.Borrow());
        Assert.NotSame(buffers, pool.Borrow());
    }

    [Fact]
    public void The_pool_keeps_some_buffers_and_drops_the_rest()
    {
        var pool = new RequestBufferPool(_arrays);
        var lent = Enumerable.Range(0, 100).Select(_ => pool.Borrow()).ToHashSet();
        foreach (var buffers in lent)
        {
            pool.GiveBack(buffers);
        }

        Assert.Equal(64, Enumerable.Range(0, 100).Select(_ => pool.Borrow()).Count(lent.Contains));
    }

    [Fact]
    public void Cleared_buffers_hold_neither_arrays_nor_anything_of_their_last_request()
    {
        var buffers = new RequestBuffers(_arrays);
        "GET /secret HTTP/1.1\r\nHost: a"u8.CopyTo(buffers.Received.Room().Span);
        buffers.Received.Received(29);
        buffers.Head.Parse(buffers.Received.Message, new ServerLimits(), out _, out _);
        buffers.Content.Write("content"u8);
        buffers.Output.Write("output"u8);
        buffers.Clear();
        Assert.Equal(0, _arrays.Lent);
        Assert.Equal(0, buffers.Received.UnreadCount + buffers.Content.Count + buffers.Output.Count);
        Assert.Equal(default, buffers.Head.Target);
        Assert.Equal(
            ParseStatus.Complete, buffers.Head.Parse("GET / HTTP/1.1\r\nHost: b\r\n\r\n"u8, new ServerLimits(), out _, out _));
        Assert.Equal(1, buffers.Head.Fields.Length);
    }

    [Fact]
    public async Task An_idle_connection_has_no_buffers_and_borrows_them_for_its_next_request()
    {
        using var server = new MemoryServer(context => context.Response.WriteTextAsync(context.Request.Target));
        var http1 = server.Connection.Http1Connection;
        Assert.Null(http1.PresentBuffers);
        server.Transport.Arrive("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
        await Until.TrueAsync(() => server.Transport.Sent.EndsWith("/1", StringComparison.Ordinal) && http1.PresentBuffers is null);
        server.Transport.Arrive("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n").FinishSending();
        Assert.EndsWith("/2", await server.EndAsync());
        Assert.Null(http1.PresentBuffers);
    }

    [Fact]
    public async Task A_request_kept_while_its_connection_is_idle_cannot_read_anything()
    {
        Request? kept = null;
        using var server = new MemoryServer(context =>
        {
            kept = context.Request;
            return Task.CompletedTask;
        });
        server.Transport.Arrive("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
        await Until.TrueAsync(() => server.Transport.Sent.Length > 0 && server.Connection.Http1Connection.PresentBuffers is null);
        Assert.Throws<InvalidOperationException>(() => kept!.Target);
        Assert.Throws<InvalidOperationException>(() => kept!.Host);
        Assert.Null(server.Connection.Http1Connection.PresentBuffers);
        server.Transport.FinishSending();
        await server.EndAsync();
    }
}
