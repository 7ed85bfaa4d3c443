// Owns: tests of chunks that are sent: their lines, the last chunk and the trailer section.

using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ChunkedEncoderTests
{
    [Theory]
    [InlineData(1, "1")]
    [InlineData(255, "ff")]
    [InlineData(long.MaxValue, "7fffffffffffffff")]
    public void A_chunk_opens_with_its_size_and_closes_with_an_empty_line_end(long size, string digits)
    {
        var output = new PooledBuffer(new CountingPool(), 16);
        ChunkedEncoder.BeginChunk(output, size);
        output.Write("content"u8);
        ChunkedEncoder.EndChunk(output);
        Assert.Equal($"{digits}\r\ncontent\r\n", Encoding.Latin1.GetString(output.Written));
    }

    [Fact]
    public void The_last_chunk_is_followed_by_the_trailers_and_an_empty_line()
    {
        var output = new PooledBuffer(new CountingPool(), 4);
        ChunkedEncoder.End(output, [new("Expires", "0"), new("X-Sum", "a-long-value-that-does-not-fit-at-first")]);
        Assert.Equal(
            "0\r\nExpires: 0\r\nX-Sum: a-long-value-that-does-not-fit-at-first\r\n\r\n", Encoding.Latin1.GetString(output.Written));
        output.Clear();
        ChunkedEncoder.End(output, []);
        Assert.Equal("0\r\n\r\n", Encoding.Latin1.GetString(output.Written));
    }
}
