// Owns: tests of ResponseHeadWriter.

using System.Text;

namespace TinyHost.Tests.Syntax;

public sealed class ResponseHeadWriterTests
{
    [Theory]
    [InlineData("Content-Type", "text/plain")]
    [InlineData("X", "")]
    [InlineData("X-Name", "Andr\u00E9 \u00FF")]
    public void WriteField_fills_exactly_the_size_it_names(string name, string value)
    {
        var destination = new byte[ResponseHeadWriter.FieldSize(name, value)];
        Assert.Equal(destination.Length, ResponseHeadWriter.WriteField(destination, name, value));
        Assert.Equal($"{name}: {value}\r\n", Encoding.Latin1.GetString(destination));
    }

    [Fact]
    public void WriteField_leaves_what_lies_behind_it_alone()
    {
        var destination = Enumerable.Repeat((byte)'#', 10).ToArray();
        Assert.Equal(6, ResponseHeadWriter.WriteField(destination, "a", "b"));
        Assert.Equal("a: b\r\n####", Encoding.Latin1.GetString(destination));
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(7L)]
    [InlineData(30_000_000L)]
    [InlineData(long.MaxValue)]
    public void WriteContentLength_stays_within_its_greatest_size(long length)
    {
        var destination = new byte[ResponseHeadWriter.MaxContentLengthSize];
        var written = ResponseHeadWriter.WriteContentLength(destination, length);
        Assert.Equal($"Content-Length: {length}\r\n", Encoding.Latin1.GetString(destination, 0, written));
        Assert.Equal(length == long.MaxValue, written == destination.Length);
    }

    [Fact]
    public void WriteEnd_writes_an_empty_line()
    {
        var destination = new byte[2];
        Assert.Equal(2, ResponseHeadWriter.WriteEnd(destination));
        Assert.Equal("\r\n"u8, destination);
    }
}
