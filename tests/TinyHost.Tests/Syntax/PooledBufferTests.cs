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

    [Fact]
    public void Advancing_by_all_that_is_left_fills_the_buffer_and_one_byte_more_throws()
    {
        var buffer = new PooledBuffer(new CountingPool(), 16);
        Assert.Equal(16, buffer.GetSpan(4).Length);
        buffer.Advance(10);
        Assert.False(buffer.IsFull);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(7));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(-1));
        buffer.Advance(6);
        Assert.True(buffer.IsFull);
        Assert.Equal(16, buffer.Count);
    }

    [Fact]
    public void Asking_for_memory_makes_room_behind_what_was_written()
    {
        var buffer = new PooledBuffer(new CountingPool(), 16);
        buffer.Write(new byte[16]);
        Assert.True(buffer.GetMemory(1).Length >= 1);
        Assert.True(buffer.GetMemory(500).Length >= 500);
        Assert.True(buffer.GetSpan(2_000).Length >= 2_000);
    }

    [Fact]
    public void Clearing_keeps_an_array_of_64_KiB_and_returns_a_larger_one()
    {
        var pool = new CountingPool();
        var kept = new PooledBuffer(pool, 65_536);
        kept.Write([1]);
        kept.Clear();
        Assert.Equal(1, pool.Lent);
        var returned = new PooledBuffer(pool, 65_537);
        returned.Write([1]);
        returned.Clear();
        Assert.Equal(1, pool.Lent);
    }

    [Fact]
    public void A_size_that_no_array_can_have_throws_and_changes_nothing()
    {
        var pool = new CountingPool();
        var buffer = new PooledBuffer(pool, 16);
        buffer.Write("abc"u8);
        var exception = Assert.Throws<InvalidOperationException>(() => buffer.GetSpan(Array.MaxLength - 2));
        Assert.Contains("exceeds 2 GiB", exception.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.GetMemory(-1));
        Assert.Equal("abc"u8.ToArray(), buffer.Written.ToArray());
        Assert.Equal(1, pool.Lent);
    }
}
