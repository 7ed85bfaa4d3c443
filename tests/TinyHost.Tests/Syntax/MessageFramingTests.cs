// Owns: tests of MessageFraming beyond the corpus: the largest lengths, and the last request of a connection.

using System.Buffers;
using System.Text;

namespace TinyHost.Tests.Syntax;

public sealed class MessageFramingTests
{
    [Theory]
    [InlineData("0", RejectReason.None)]
    [InlineData("30000001", RejectReason.None)]
    [InlineData("9223372036854775807", RejectReason.None)]
    [InlineData("9223372036854775808", RejectReason.InvalidContentLength)]
    public void Decide_accepts_any_Content_Length_of_63_bits(string length, RejectReason expected)
    {
        var octets = Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
        var head = new RequestHead(ArrayPool<byte>.Shared);
        head.Parse(octets, new ServerLimits(), out _, out _);

        Assert.Equal(expected, MessageFraming.Decide(head, octets, out var framing));
        if (expected == RejectReason.None)
        {
            Assert.Equal(length, framing.ContentLength.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    // RFC 9112 §9.6: after the close option a peer sends no further requests, so there is nothing to wait for.
    [Theory]
    [InlineData("GET / HTTP/1.1", "Connection: close", true)]
    [InlineData("GET / HTTP/1.0", "X: y", true)]
    [InlineData("GET / HTTP/1.1", "X: y", false)]
    [InlineData("GET / HTTP/1.0", "Connection: keep-alive", false)]
    [InlineData("POST / HTTP/1.1", "Connection: close\r\nContent-Length: 1", false)]
    [InlineData("POST / HTTP/1.1", "Connection: close\r\nTransfer-Encoding: chunked", false)]
    [InlineData("POST / HTTP/1.1", "Connection: close\r\nContent-Length: 0", true)]
    [InlineData("GET / HTTP/1.1", "Connection: close, upgrade\r\nUpgrade: x", false)]
    [InlineData("CONNECT a:80 HTTP/1.1", "Connection: close", false)]
    [InlineData("CONNECT a:80 HTTP/1.1", "X: y", false)]
    public void A_request_is_the_last_when_the_peer_announces_it_and_nothing_can_follow(string requestLine, string fields, bool expected)
    {
        var octets = Encoding.ASCII.GetBytes($"{requestLine}\r\nHost: a:80\r\n{fields}\r\n\r\n");
        var head = new RequestHead(ArrayPool<byte>.Shared);
        var limits = new ServerLimits();
        Assert.Equal(ParseStatus.Complete, head.Parse(octets, limits, out _, out _));

        Assert.Equal(RejectReason.None, MessageFraming.Decide(head, octets, out var framing));
        Assert.Equal(expected, framing.IsLast);
    }

    // RFC 9110 §7.6.1: the options of all lines count, however often one occurs.
    [Theory]
    [InlineData("Connection: close\r\nConnection: close", false)]
    [InlineData("Connection: close\r\nConnection: keep-alive", false)]
    [InlineData("Connection: keep-alive\r\nConnection: close", false)]
    [InlineData("Connection: x, y\r\nConnection: z", true)]
    public void A_connection_persists_unless_any_line_closes_it(string fields, bool expected) =>
        Assert.Equal(expected, Decide(fields, RejectReason.None).Persistent);

    [Theory]
    [InlineData("Connection: upgrade\r\nUpgrade: x", true)]
    [InlineData("Connection: x, Upgrade\r\nUpgrade: x", true)]
    [InlineData("Connection: upgrade, upgrade\r\nUpgrade: x", true)]
    [InlineData("Connection: upgrades\r\nUpgrade: x", false)]
    [InlineData("Connection: x\r\nUpgrade: x", false)]
    [InlineData("Upgrade: x", false)]
    public void An_upgrade_is_asked_for_by_a_connection_option(string fields, bool expected) =>
        Assert.Equal(expected, Decide(fields, RejectReason.None).UpgradeRequested);

    [Theory]
    [InlineData("@, chunked", RejectReason.InvalidTransferEncoding)]
    [InlineData("g@, chunked", RejectReason.InvalidTransferEncoding)]
    [InlineData("gzip, chunked", RejectReason.UnsupportedTransferCoding)]
    [InlineData("chunked", RejectReason.None)]
    public void A_coding_is_a_token(string codings, RejectReason expected) => Decide("Transfer-Encoding: " + codings, expected);

    [Theory]
    [InlineData("[v1.a]", RejectReason.None)]
    [InlineData("[v1.@]", RejectReason.InvalidHost)]
    [InlineData("[v1.a@]", RejectReason.InvalidHost)]
    public void An_address_of_a_future_version_has_only_the_characters_of_one(string host, RejectReason expected) =>
        Decide("X: y", expected, host);

    private static MessageFraming Decide(string fields, RejectReason expected, string host = "a")
    {
        var octets = Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n\r\n");
        var head = new RequestHead(ArrayPool<byte>.Shared);
        var limits = new ServerLimits();
        Assert.Equal(ParseStatus.Complete, head.Parse(octets, limits, out _, out _));
        Assert.Equal(expected, MessageFraming.Decide(head, octets, out var framing));
        return framing;
    }
}
