using System.Runtime.CompilerServices;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

/// <summary>The idle timeout applies to idle connections; transfers have a minimum rate instead.</summary>
public sealed class TransferPaceTests
{
    [Fact]
    public async Task A_fast_upload_may_pause_for_longer_than_the_idle_timeout()
    {
        var transport = new MemoryTransport().Arrive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20005\r\n\r\n");
        using var server = new MemoryServer(
            async context => context.Response.Write((await context.Request.Body.ReadAllAsync()).Span[^5..]),
            transport,
            limits => limits.IdleTimeout = TimeSpan.FromSeconds(1));
        transport.Arrive(new string('x', 20_000));
        // At 240 bytes a second, 20,000 bytes may take over 83 seconds.
        await Until.TrueAsync(() => transport.Receives == transport.ReceivesBegun - 1 && transport.Receives > 4);
        server.Time.Advance(TimeSpan.FromSeconds(60));
        transport.Arrive("hello").FinishSending();
        Assert.EndsWith("\r\n\r\nhello", await server.EndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_download_may_take_longer_than_the_idle_timeout()
    {
        var transport = new MemoryTransport();
        transport.BlockSends();
        using var server = new MemoryServer(
            context => context.Response.WriteTextAsync(new string('x', 20_000)),
            transport.Arrive("GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
            limits => limits.IdleTimeout = TimeSpan.FromSeconds(1));
        await Until.TrueAsync(() => transport.SendIsBlocked);
        server.Time.Advance(TimeSpan.FromSeconds(60));
        transport.UnblockSends();
        transport.FinishSending();
        Assert.EndsWith(new string('x', 20_000), await server.EndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_transfer_may_pause_forever()
    {
        var transport = new MemoryTransport().Arrive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000005\r\n\r\n");
        using var server = new MemoryServer(async context => await context.Request.Body.ReadAllAsync(), transport);
        transport.Arrive(new string('x', 1_000_000));
        await Until.TrueAsync(() => transport.Receives == transport.ReceivesBegun - 1 && transport.Receives > 4);
        server.Time.Advance(TimeSpan.FromSeconds(140));
        Assert.StartsWith("HTTP/1.1 408 ", await server.HangUpAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_whose_peer_is_still_receiving_is_neither_idle_nor_abandoned()
    {
        var transport = new DeliveringTransport(new MemoryTransport().Arrive("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
        using var server = new MemoryServer(context => context.Response.WriteTextAsync("ok"), transport);
        await Until.TrueAsync(() => server.Pool.Lent == 0 && transport.Inner.Sent.Length > 0);
        for (var i = 0; i < 3; i++)
        {
            transport.Delivered += 1_000_000;
            server.Time.Advance(server.Limits.IdleTimeout + TimeSpan.FromSeconds(2));
            await Until.TrueAsync(() => transport.Looks == i + 1);
            Assert.False(server.Served.IsCompleted);
        }

        server.Time.Advance(server.Limits.IdleTimeout + TimeSpan.FromSeconds(2));
        await server.Served.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        Assert.False(transport.Inner.IsAborted);
    }

    [Fact]
    public async Task A_connection_lingers_while_its_peer_receives_the_response()
    {
        var transport = new DeliveringTransport(new MemoryTransport().Arrive("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
        using var server = new MemoryServer(
            context =>
            {
                context.Response.CloseConnection();
                return context.Response.WriteTextAsync("ok");
            },
            transport);
        await Until.TrueAsync(() => transport.Inner.SendIsShut);
        for (var i = 0; i < 3; i++)
        {
            transport.Delivered += 1_000_000;
            server.Time.Advance(server.Limits.LingerTimeout + TimeSpan.FromSeconds(2));
            await Until.TrueAsync(() => transport.Looks == i + 1);
            Assert.False(server.Served.IsCompleted);
        }

        server.Time.Advance(server.Limits.LingerTimeout + TimeSpan.FromSeconds(2));
        await server.Served.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        Assert.False(transport.Inner.IsAborted);
    }

    [Fact]
    public async Task An_idle_connection_retains_no_memory_of_its_last_response()
    {
        using var server = new MemoryServer(_ => Task.CompletedTask);
        var texts = await AnswerAsync(server);
        await Until.TrueAsync(() =>
        {
            GC.Collect();
            return texts.TrueForAll(text => !text.IsAlive);
        });
        Assert.False(server.Served.IsCompleted);
        Assert.Equal(0, server.Pool.Lent);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<List<WeakReference>> AnswerAsync(MemoryServer idle)
    {
        var texts = new List<WeakReference>();
        idle.App = context =>
        {
            foreach (var name in new[] { "X-Long", "Set-Cookie", "Set-Cookie" })
            {
                var text = new string('v', 8_000);
                texts.Add(new WeakReference(text));
                context.Response.Fields.Add(name, text);
                context.Response.Trailers.Add(name, text);
            }

            return context.Response.FlushAsync().AsTask();
        };
        idle.Transport.Arrive("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        await idle.Transport.SentAsync(
            sent => sent.EndsWith("\r\n\r\n", StringComparison.Ordinal) && sent.Contains("\r\n0\r\n", StringComparison.Ordinal));
        await Until.TrueAsync(() => idle.Pool.Lent == 0);
        idle.App = _ => Task.CompletedTask;
        return texts;
    }

    private sealed class DeliveringTransport(MemoryTransport inner) : WatchedTransport(inner)
    {
        private long _delivered;
        private int _looks;

        internal MemoryTransport Inner => inner;

        internal long Delivered
        {
            get => Volatile.Read(ref _delivered);
            set => Volatile.Write(ref _delivered, value);
        }

        internal int Looks => Volatile.Read(ref _looks);

        internal override bool IsDelivering(out long delivered)
        {
            delivered = Delivered;
            Interlocked.Increment(ref _looks);
            return true;
        }
    }
}
