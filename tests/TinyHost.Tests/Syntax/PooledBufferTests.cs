using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class PooledBufferTests
{
    [Fact]
    public void Growing_keeps_what_was_written_and_returns_the_smaller_array()
    {
        var pool = new CountingPool();
        var buffer = new PooledBuffer(pool, 16);
        for (var i = 0; i < 100; i++)
        {
            buffer.Write([(byte)i]);
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(i => (byte)i), buffer.Written.ToArray());
        Assert.Equal(1, pool.Lent);
        buffer.Release();
        Assert.Equal(0, pool.Lent);
        Assert.Equal(0, buffer.Count);
    }

    [Fact]
    public void Clearing_keeps_an_ordinary_array_and_gives_back_a_large_one()
    {
        var pool = new CountingPool();
        var buffer = new PooledBuffer(pool, 16);
        buffer.Write(new byte[1_000]);
        buffer.Clear();
        Assert.Equal(1, pool.Lent);
        buffer.Write(new byte[1_000_000]);
        buffer.Clear();
        Assert.Equal(0, pool.Lent);
    }

    [Fact]
    public void Removing_bytes_closes_the_gap()
    {
        var buffer = new PooledBuffer(new CountingPool(), 16);
        buffer.Write("abcdef"u8);
        buffer.Remove(1, 2);
        Assert.Equal("adef"u8.ToArray(), buffer.Written.ToArray());
        buffer.Truncate(3);
        Assert.Equal("ade"u8.ToArray(), buffer.Written.ToArray());
    }

    [Fact]
    public void Memory_that_is_held_never_goes_back_to_the_pool()
    {
        var pool = new CountingPool();
        var buffer = new PooledBuffer(pool, 16);
        buffer.GetHeldMemory(1);
        buffer.Clear();
        Assert.Equal(1, pool.Lent);
        buffer.GetHeldMemory(1);
        buffer.Advance(1);
        buffer.Release();
        Assert.Equal(1, pool.Lent);
    }

    [Fact]
    public void Advancing_past_the_memory_handed_out_throws()
    {
        var buffer = new PooledBuffer(new CountingPool(), 16);
        var length = buffer.GetSpan(1).Length;
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(length + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(-1));
    }
}
