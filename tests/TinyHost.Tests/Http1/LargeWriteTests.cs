// Owns: tests of sizes near the limit of 32-bit counts, without the memory for them.

using System.Buffers;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class LargeWriteTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Held_content_and_a_write_of_2_GiB_are_sent_whole(bool isChunked)
    {
        using var huge = new Unreadable();
        var transport = new CountingTransport(new MemoryTransport().Arrive(Get).FinishSending());
        using var server = new MemoryServer(
            async context =>
            {
                context.Response.ContentLength = isChunked ? null : 100L + int.MaxValue;
                context.Response.Write(new byte[100]);
                await context.Response.WriteAsync(huge.Memory);
                Assert.Equal(100L + int.MaxValue, context.Response.BytesWritten);
            },
            transport);
        await server.Served.WaitAsync(TestTimeout.Long);
        Assert.Equal([], server.Log.Entries.Where(entry => entry.Level > Microsoft.Extensions.Logging.LogLevel.Information));
        var head = transport.Small;
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", head, StringComparison.Ordinal);
        if (isChunked)
        {
            Assert.Contains("\r\n\r\n80000063\r\n", head, StringComparison.Ordinal);
            Assert.EndsWith("\r\n0\r\n\r\n", head, StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains("Content-Length: 2147483747\r\n", head, StringComparison.Ordinal);
        }

        Assert.Equal(int.MaxValue, transport.Large);
    }

    [Fact]
    public async Task A_size_hint_that_no_buffer_can_hold_is_refused() =>
        await MemoryServer.ExchangeAsync(Get, context =>
        {
            context.Response.Write(new byte[100]);
            var exception = Assert.Throws<InvalidOperationException>(() => context.Response.GetSpan(int.MaxValue));
            Assert.Contains("exceeds 2 GiB", exception.Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentOutOfRangeException>(() => context.Response.GetMemory(-1));
            Assert.Throws<ArgumentOutOfRangeException>(() => context.Response.Advance(int.MaxValue));
            Assert.Throws<ArgumentOutOfRangeException>(() => context.Response.Advance(-1));
            return Task.CompletedTask;
        });

    /// <summary>Memory of int.MaxValue octets that cannot be read.</summary>
    private sealed class Unreadable : MemoryManager<byte>
    {
        public override Memory<byte> Memory => CreateMemory(int.MaxValue);

        public override Span<byte> GetSpan() => throw new NotSupportedException("The content was copied.");

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException("The content was pinned.");

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }

    /// <summary>Passes small sends on, and counts what is sent from memory that cannot be read.</summary>
    private sealed class CountingTransport(MemoryTransport inner) : Transport
    {
        internal string Small => inner.Sent;

        internal long Large { get; private set; }

        internal override bool HasFailed => inner.HasFailed;

        internal override PeerState Peer => inner.Peer;

        internal override ValueTask<int> WaitToReceiveAsync() => inner.WaitToReceiveAsync();

        internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => inner.ReceiveAsync(buffer);

        internal override ValueTask SendAsync(ReadOnlyMemory<byte> octets)
        {
            if (!System.Runtime.InteropServices.MemoryMarshal.TryGetMemoryManager<byte, Unreadable>(octets, out _))
            {
                return inner.SendAsync(octets);
            }

            Large += octets.Length;
            return default;
        }

        internal override void ShutdownSend() => inner.ShutdownSend();

        internal override void Wake() => inner.Wake();

        internal override bool IsDelivering(out long delivered) => inner.IsDelivering(out delivered);

        internal override void Abort() => inner.Abort();

        public override void Dispose() => inner.Dispose();
    }
}
