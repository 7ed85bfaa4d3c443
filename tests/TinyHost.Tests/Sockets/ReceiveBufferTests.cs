using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ReceiveBufferTests
{
    private readonly CountingPool _pool = new();

    private static void Receive(ReceiveBuffer buffer, string octets)
    {
        for (var rest = Encoding.Latin1.GetBytes(octets).AsMemory(); !rest.IsEmpty;)
        {
            var room = buffer.Room();
            Assert.False(room.IsEmpty);
            var count = Math.Min(room.Length, rest.Length);
            rest[..count].CopyTo(room);
            buffer.Received(count);
            rest = rest[count..];
        }
    }

    private static string Text(ReadOnlySpan<byte> octets) => Encoding.Latin1.GetString(octets);

    [Fact]
    public void The_head_stays_while_content_passes_through()
    {
        var buffer = new ReceiveBuffer(_pool);
        Receive(buffer, "HEAD" + "body");
        buffer.KeepHead(4);
        for (var i = 0; i < 1_000; i++)
        {
            Assert.Equal("body", Text(buffer.Unread));
            buffer.Consume(4);
            Receive(buffer, "body");
        }

        Assert.StartsWith("HEAD", Text(buffer.Message), StringComparison.Ordinal);
        Assert.Equal(1, _pool.Rented);
        buffer.Release();
        Assert.Equal(0, _pool.Lent);
    }

    [Fact]
    public void Growing_and_moving_keep_head_and_unread()
    {
        var buffer = new ReceiveBuffer(_pool);
        var head = new string('h', 3_000);
        Receive(buffer, "old" + head + "abc");
        buffer.Consume(3);
        buffer.NextMessage();
        buffer.KeepHead(head.Length);
        Receive(buffer, new string('x', 50_000));
        Assert.Equal(head, Text(buffer.Message)[..head.Length]);
        Assert.Equal("abc" + new string('x', 50_000), Text(buffer.Unread));
        buffer.Release();
        Assert.Equal(0, _pool.Lent);
    }

    [Fact]
    public void What_is_unread_begins_the_next_message()
    {
        var buffer = new ReceiveBuffer(_pool);
        Receive(buffer, "firstsecond");
        buffer.KeepHead(5);
        buffer.NextMessage();
        Assert.Equal("second", Text(buffer.Message));
        buffer.KeepHead(6);
        buffer.NextMessage();
        Assert.Equal("", Text(buffer.Message));
        buffer.Release();
    }
}
