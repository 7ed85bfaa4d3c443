using System.Globalization;
using System.Text;

namespace TinyHost.Metrics.Tests.Expositions;

public sealed class SampleValueTests
{
    private static string Text(double value)
    {
        Span<byte> text = stackalloc byte[SampleValue.MaxLength];
        return Encoding.ASCII.GetString(text[..SampleValue.Write(value, text)]);
    }

    [Theory]
    [InlineData(0.0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(1.0, "1")]
    [InlineData(-17.0, "-17")]
    [InlineData(0.1, "0.1")]
    [InlineData(2.5, "2.5")]
    [InlineData(999999999999999.0, "999999999999999")]
    [InlineData(1e21, "1E+21")]
    [InlineData(1e-7, "1E-07")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.MinValue, "-1.7976931348623157E+308")]
    internal void Values_are_written_as_the_format_requires(double value, string expected) => Assert.Equal(expected, Text(value));

    [Fact]
    public void Every_double_round_trips_within_the_length_limit()
    {
        var random = new Random(20261122);
        for (var i = 0; i < 100_000; i++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(value))
            {
                var text = Text(value);
                Assert.Equal(value, double.Parse(text, CultureInfo.InvariantCulture));
            }
        }
    }

    [Fact]
    public void The_culture_does_not_matter()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            var custom = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            custom.NumberFormat.NumberDecimalSeparator = ",";
            custom.NumberFormat.NegativeSign = "minus";
            CultureInfo.CurrentCulture = custom;
            Assert.Equal("-1.5", Text(-1.5));
            Assert.Equal("-15", Text(-15));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
