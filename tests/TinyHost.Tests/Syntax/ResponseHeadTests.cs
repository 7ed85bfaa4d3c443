// Owns: tests of ResponseHead.

using System.Text;

namespace TinyHost.Tests.Syntax;

public sealed class ResponseHeadTests
{
    private static readonly byte[] s_date = "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"u8.ToArray();

    [Theory]
    [InlineData("Content-Type", "text/plain")]
    [InlineData("X", "")]
    [InlineData("X-Name", "Andr\u00E9 \u00FF")]
    public void WriteFields_fills_exactly_the_announced_size(string name, string value)
    {
        KeyValuePair<string, string>[] fields = [new(name, value)];
        var destination = new byte[ResponseHead.FieldsSize(fields)];
        Assert.Equal(destination.Length, ResponseHead.WriteFields(destination, fields));
        Assert.Equal($"{name}: {value}\r\n", Encoding.Latin1.GetString(destination));
    }

    [Fact]
    public void WriteFields_leaves_the_bytes_behind_it_alone()
    {
        var destination = Enumerable.Repeat((byte)'#', 16).ToArray();
        Assert.Equal(12, ResponseHead.WriteFields(destination, [new("a", "b"), new("c", "d")]));
        Assert.Equal("a: b\r\nc: d\r\n####", Encoding.Latin1.GetString(destination));
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(7L)]
    [InlineData(30_000_000L)]
    [InlineData(long.MaxValue)]
    public void Content_length_is_written_in_decimal(long length) =>
        Assert.Equal(
            Head($"Content-Length: {length}\r\n"),
            Write(new()
            {
                StatusCode = 200,
                DateLine = s_date,
                IsPersistent = true,
                Framing = ResponseFraming.ContentLength,
                ContentLength = length,
            }));

    [Fact]
    public void Only_chunked_content_has_a_transfer_encoding()
    {
        Assert.Equal(
            Head("Transfer-Encoding: chunked\r\n"),
            Write(new() { StatusCode = 200, DateLine = s_date, IsPersistent = true, Framing = ResponseFraming.Chunked }));
        Assert.Equal(
            Head(""),
            Write(new() { StatusCode = 200, DateLine = s_date, IsPersistent = true, Framing = ResponseFraming.NoContent }));
    }

    [Theory]
    [InlineData(true, false, "")]
    [InlineData(true, true, "Connection: keep-alive\r\n")]
    [InlineData(false, false, "Connection: close\r\n")]
    [InlineData(false, true, "Connection: close\r\n")]
    public void A_connection_option_states_what_the_version_does_not_imply(bool isPersistent, bool isHttp10, string line) =>
        Assert.Equal(Head(line), Write(new() { StatusCode = 200, DateLine = s_date, IsPersistent = isPersistent, IsHttp10 = isHttp10 }));

    [Fact]
    public void Upgrade_comes_with_its_connection_option() =>
        Assert.Equal(
            Head("Connection: Upgrade\r\nupgrade: line\r\nConnection: close\r\n"),
            Write(new() { StatusCode = 200, DateLine = s_date, Fields = new KeyValuePair<string, string>[] { new("upgrade", "line") } }));

    [Fact]
    public void The_longest_head_fits_the_announced_size()
    {
        var head = new ResponseHead
        {
            StatusCode = 511,
            DateLine = s_date,
            Fields = new KeyValuePair<string, string>[] { new("Upgrade", new string('x', 1_000)) },
            Framing = ResponseFraming.ContentLength,
            ContentLength = long.MaxValue,
            IsHttp10 = true,
        };
        Assert.InRange(head.Write(new byte[head.MaxSize]), 1, head.MaxSize);
    }

    [Theory]
    [InlineData(0L, "0\r\n")]
    [InlineData(0x80000063L, "80000063\r\n")]
    [InlineData(long.MaxValue, "7fffffffffffffff\r\n")]
    public void WriteChunkSize_stays_within_its_greatest_size(long size, string expected)
    {
        var destination = new byte[ChunkedEncoder.MaxChunkSizeLine];
        var written = ChunkedEncoder.WriteChunkSize(destination, size);
        Assert.Equal(expected, Encoding.Latin1.GetString(destination, 0, written));
    }

    private static string Head(string lines) => $"HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n{lines}\r\n";

    private static string Write(in ResponseHead head)
    {
        var destination = new byte[head.MaxSize];
        return Encoding.Latin1.GetString(destination, 0, head.Write(destination));
    }
}
