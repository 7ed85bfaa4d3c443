// Owns: what the corpus cannot say of MessageFraming: limits other than the defaults.
// Does not own: the rules (CorpusTests).

using System.Buffers;
using System.Text;

namespace TinyHost.Tests.Syntax;

public sealed class MessageFramingTests
{
    [Theory]
    [InlineData("0", 0L, RejectReason.None)]
    [InlineData("1", 0L, RejectReason.BodyTooLarge)]
    [InlineData("100", 100L, RejectReason.None)]
    [InlineData("101", 100L, RejectReason.BodyTooLarge)]
    [InlineData("30000000", 30_000_000L, RejectReason.None)]
    [InlineData("9223372036854775807", null, RejectReason.None)]
    [InlineData("9223372036854775808", null, RejectReason.InvalidContentLength)]
    [InlineData("2147483648", null, RejectReason.None)]
    public void Decide_holds_Content_Length_to_the_limit(string length, long? limit, RejectReason expected)
    {
        var limits = new ServerLimits { MaxRequestBodySize = limit };
        var octets = Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
        var head = new RequestHead(ArrayPool<byte>.Shared);
        RequestHeadParser.Parse(octets, 0, limits, head, out _, out _);

        Assert.Equal(expected, MessageFraming.Decide(head, octets, limits, out var framing));
        if (expected == RejectReason.None)
        {
            Assert.Equal(length, framing.ContentLength.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
