using TinyHost.Bench.Measuring;

namespace TinyHost.Bench.Tests.Measuring;

public sealed class RepeatedMessageTests
{
    [Theory]
    [InlineData(0, 6)]
    [InlineData(125, 131)]
    [InlineData(126, 134)]
    [InlineData(65_535, 65_543)]
    [InlineData(65_536, 65_550)]
    public void A_frame_has_the_shortest_length_and_a_mask(int size, int expected)
    {
        var frame = RepeatedMessage.Frame(new byte[size]);
        Assert.Equal(expected, frame.Length);
        Assert.Equal(0x81, frame[0]);
        Assert.Equal(0x80, frame[1] & 0x80);
    }

    [Theory]
    [InlineData("8103616263", 5)]
    [InlineData("81036162", null)]
    [InlineData("81", null)]
    [InlineData("0101618001", null)]
    [InlineData("010161800162", 6)]
    [InlineData("817E0001", null)]
    [InlineData("817E000161", 5)]
    [InlineData("817F000000000000000161", 11)]
    public void A_message_ends_with_its_last_frame(string bytes, int? expected) =>
        Assert.Equal(expected, RepeatedMessage.Measure(Convert.FromHexString(bytes)));
}
