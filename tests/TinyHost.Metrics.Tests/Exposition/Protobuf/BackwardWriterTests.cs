namespace TinyHost.Metrics.Tests.Expositions;

public sealed class BackwardWriterTests
{
    [Theory]
    [InlineData(0, "00")]
    [InlineData(1, "01")]
    [InlineData(127, "7F")]
    [InlineData(128, "8001")]
    [InlineData(300, "AC02")]
    [InlineData(16_383, "FF7F")]
    [InlineData(16_384, "808001")]
    [InlineData(ulong.MaxValue, "FFFFFFFFFFFFFFFFFF01")]
    [InlineData(ulong.MaxValue / 2, "FFFFFFFFFFFFFFFF7F")]
    public void A_varint_has_minimal_length(ulong value, string expected)
    {
        var writer = new BackwardWriter(new byte[BackwardWriter.MaxVarint]);
        writer.Varint(value);
        Assert.Equal(expected, Convert.ToHexString(writer.Written));
    }

    [Theory]
    [InlineData(0, "00")]
    [InlineData(-1, "01")]
    [InlineData(1, "02")]
    [InlineData(int.MaxValue, "FEFFFFFF0F")]
    [InlineData(int.MinValue, "FFFFFFFF0F")]
    [InlineData(long.MinValue, "FFFFFFFFFFFFFFFFFF01")]
    public void A_signed_number_zigzags(long value, string expected)
    {
        var writer = new BackwardWriter(new byte[BackwardWriter.MaxVarint]);
        writer.ZigZag(value);
        Assert.Equal(expected, Convert.ToHexString(writer.Written));
    }

    [Fact]
    public void Fields_are_output_in_reverse_order_of_writing()
    {
        var writer = new BackwardWriter(new byte[100]);
        writer.Field(16, 1.0);
        var inner = writer.Length;
        writer.SignedField(2, -2);
        writer.Field(1, "ab"u8);
        writer.EndField(15, inner);
        writer.Field(1, 150ul);
        Assert.Equal("089601" + "7A06" + "0A026162" + "1003" + "8101000000000000F03F", Convert.ToHexString(writer.Written));
    }
}
