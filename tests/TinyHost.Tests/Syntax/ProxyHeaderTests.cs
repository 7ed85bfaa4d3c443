// Owns: tests of reading PROXY headers (haproxy.org, proxy-protocol.txt): the specification's forms, every split, and wrong input.

using System.Buffers.Binary;
using System.Text;

namespace TinyHost.Tests.Syntax;

public sealed class ProxyHeaderTests
{
    private const string Signature = "\r\n\r\n\0\r\nQUIT\n";
    private const string Request = "GET / HTTP/1.1\r\n\r\n";
    private const string Ipv4 = "\xC0\0\x02\x01\xC0\0\x02\x02\xDC\x04\x01\xBB";
    private const string Ipv6 =
        "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x02\xDC\x04\x01\xBB";

    private static readonly string s_unix = new('/', 216);

    public static TheoryData<string, string?> Headers => new()
    {
        { "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n", "192.168.0.1:56324" },
        { "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535" },
        { "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0:0" },
        { "PROXY TCP6 2001:db8::1 2001:DB8::2 56324 443\r\n", "[2001:db8::1]:56324" },
        {
            "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
            "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"
        },
        { "PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n", "192.0.2.1:1" },
        { "PROXY UNKNOWN\r\n", null },
        { "PROXY UNKNOWN \r\n", null },
        {
            "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
            null
        },
        { V2(0x21, 0x11, Ipv4), "192.0.2.1:56324" },
        { V2(0x21, 0x21, Ipv6), "[2001:db8::1]:56324" },
        { V2(0x21, 0x21, "\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xC0\0\x02\x01" + Ipv6[16..]), "192.0.2.1:56324" },
        { V2(0x21, 0x11, Ipv4 + Value(4, "") + Value(2, "shop.example") + Value(0x20, new string('x', 900))), "192.0.2.1:56324" },
        { WithChecksum(V2(0x21, 0x11, Ipv4 + Value(4, "ab") + Value(3, "\0\0\0\0") + Value(5, "id"))), "192.0.2.1:56324" },
        { WithChecksum(V2(0x20, 0x00, Value(3, "\0\0\0\0"))), null },
        { V2(0x20, 0x00, ""), null },
        // A family that LOCAL must ignore, and addresses of no known length.
        { V2(0x20, 0xFF, Ipv4), null },
        { V2(0x21, 0x00, ""), null },
        { V2(0x21, 0x00, "what"), null },
        { V2(0x21, 0x10, Ipv4), null },
        { V2(0x21, 0x12, Ipv4), null },
        { V2(0x21, 0x22, Ipv6), null },
        { V2(0x21, 0x31, s_unix), null },
        { V2(0x21, 0x32, s_unix + Value(4, "")), null },
        { V2(0x21, 0x11, Ipv4 + Value(4, new string('\0', 16_384 - 16 - 12 - 3))), "192.0.2.1:56324" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_header_names_the_client_and_ends_where_the_request_begins(string header, string? client)
    {
        var octets = Encoding.Latin1.GetBytes(header + Request);
        var read = ProxyHeader.Read(octets);
        Assert.Equal((ProxyHeaderStatus.Complete, header.Length, client), (read.Status, read.Length, read.Client?.ToString()));
        Assert.Equal(read, ProxyHeader.Read(octets.AsSpan(0, header.Length)));
    }

    [Theory]
    [MemberData(nameof(Headers))]
    public void Every_part_of_a_header_is_incomplete(string header, string? client)
    {
        Assert.NotEqual("", client);
        var octets = Encoding.Latin1.GetBytes(header);
        for (var length = 0; length < octets.Length; length++)
        {
            Assert.Equal(ProxyHeaderStatus.Incomplete, ProxyHeader.Read(octets.AsSpan(0, length)).Status);
        }
    }

    [Theory]
    [InlineData("G")]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [InlineData("POST ")]
    [InlineData("proxy ")]
    [InlineData("PROXY\r\n")]
    [InlineData("\r\nG")]
    [InlineData("\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\r")]
    [InlineData("\x16\x03\x01")]
    public void Other_bytes_are_no_header(string text) => Assert.Equal(ProxyHeaderStatus.Missing, Status(text));

    [Theory]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\n")]
    [InlineData("PROXY \n")]
    [InlineData("PROXY \r\n")]
    [InlineData("PROXY  TCP4 192.168.0.1 192.168.0.11 56324 443\r\n")]
    [InlineData("PROXY TCP4  192.168.0.1 192.168.0.11 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443 \r\n")]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443 1\r\n")]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 56324\r\n")]
    [InlineData("PROXY TCP4 192.168.0.1\r\n")]
    [InlineData("PROXY TCP4\r\n")]
    [InlineData("PROXY TCP4 192.168.0.01 192.168.0.11 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.168.0.256 192.168.0.11 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.168.1 192.168.0.11 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.168.0.1 h 56324 443\r\n")]
    [InlineData("PROXY TCP4 ::1 ::1 56324 443\r\n")]
    [InlineData("PROXY TCP6 192.168.0.1 192.168.0.11 56324 443\r\n")]
    [InlineData("PROXY TCP6 ::1::2 ::1 56324 443\r\n")]
    [InlineData("PROXY TCP6 fe80::1%1 ::1 56324 443\r\n")]
    [InlineData("PROXY TCP6 [::1] ::1 56324 443\r\n")]
    [InlineData("PROXY TCP6 v1.a ::1 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 65536 443\r\n")]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 0443 443\r\n")]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 +443 443\r\n")]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 443 65536\r\n")]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 443 -1\r\n")]
    [InlineData("PROXY tcp4 192.168.0.1 192.168.0.11 56324 443\r\n")]
    [InlineData("PROXY UDP4 192.168.0.1 192.168.0.11 56324 443\r\n")]
    [InlineData("PROXY UNKNOWNS\r\n")]
    [InlineData("PROXY unknown\r\n")]
    public void A_malformed_line_is_refused(string header) => Assert.Equal(ProxyHeaderStatus.Malformed, Status(header));

    public static TheoryData<string> MalformedBlocks => new(
        // Versions and commands, as soon as they have arrived.
        Signature + "\x11", Signature + "\x31", Signature + "\x22", Signature + "\x2F", Signature + "\0",
        // Families and protocols.
        V2(0x21, 0x41, Ipv6), V2(0x21, 0xF1, Ipv6), V2(0x21, 0x13, Ipv4), V2(0x21, 0x2F, Ipv6),
        // Addresses cut short.
        V2(0x21, 0x11, ""), V2(0x21, 0x11, Ipv4[..11]), V2(0x21, 0x21, Ipv4), V2(0x21, 0x31, s_unix[..215]),
        // Values cut short, and checksums of another length or twice.
        V2(0x21, 0x11, Ipv4 + "\x04"), V2(0x21, 0x11, Ipv4 + "\x04\0"), V2(0x21, 0x11, Ipv4 + "\x04\0\x02a"),
        V2(0x21, 0x11, Ipv4 + Value(3, "abc")), V2(0x21, 0x11, Ipv4 + Value(3, "")),
        V2(0x21, 0x11, Ipv4 + Value(3, "\0\0\0\0") + Value(3, "\0\0\0\0")));

    [Theory]
    [MemberData(nameof(MalformedBlocks))]
    public void A_malformed_block_is_refused(string header) => Assert.Equal(ProxyHeaderStatus.Malformed, Status(header));

    [Fact]
    public void A_wrong_checksum_is_refused_whichever_byte_was_changed()
    {
        var right = WithChecksum(V2(0x21, 0x11, Ipv4 + Value(4, "abc") + Value(3, "\0\0\0\0")));
        for (var i = 16; i < 28; i++)
        {
            Assert.Equal(ProxyHeaderStatus.WrongChecksum, Status(right[..i] + (char)(right[i] ^ 1) + right[(i + 1)..]));
        }

        Assert.Equal(ProxyHeaderStatus.WrongChecksum, Status(right[..^1] + (char)(right[^1] ^ 0x80)));
        Assert.Equal(ProxyHeaderStatus.WrongChecksum, Status(V2(0x20, 0x00, Value(3, "\0\0\0\0"))));
    }

    [Fact]
    public void A_header_beyond_the_limits_is_refused_before_it_has_arrived()
    {
        Assert.Equal(ProxyHeaderStatus.TooLarge, Status("PROXY UNKNOWN " + new string('x', 107 - 14)));
        Assert.Equal(ProxyHeaderStatus.Incomplete, Status("PROXY UNKNOWN " + new string('x', 106 - 14)));
        Assert.Equal(ProxyHeaderStatus.TooLarge, Status(Signature + "\x21\x11\x3F\xF1"));
        Assert.Equal(ProxyHeaderStatus.Incomplete, Status(Signature + "\x21\x11\x3F\xF0"));
    }

    [Fact]
    public void A_damaged_header_is_read_alike_however_much_follows_it()
    {
        var random = new Random(17);
        byte[][] headers =
            [.. Headers.Select(row => row.Data.Item1 + Request).Where(text => text.Length < 400).Select(Encoding.Latin1.GetBytes)];
        for (var i = 0; i < 30_000; i++)
        {
            var octets = headers[random.Next(headers.Length)].ToArray();
            for (var damage = random.Next(1, 4); damage > 0; damage--)
            {
                octets[random.Next(octets.Length)] = (byte)random.Next(256);
            }

            var whole = ProxyHeader.Read(octets);
            for (var length = 0; length < octets.Length; length++)
            {
                var part = ProxyHeader.Read(octets.AsSpan(0, length));
                Assert.True(part.Status == ProxyHeaderStatus.Incomplete || part == whole);
                Assert.InRange(part.Length, 0, length);
            }
        }
    }

    private static ProxyHeaderStatus Status(string octets) => ProxyHeader.Read(Encoding.Latin1.GetBytes(octets)).Status;

    private static string V2(int command, int family, string rest) =>
        $"{Signature}{(char)command}{(char)family}{(char)(rest.Length >> 8)}{(char)(rest.Length & 0xFF)}{rest}";

    private static string Value(int type, string value) => $"{(char)type}{(char)(value.Length >> 8)}{(char)(value.Length & 0xFF)}{value}";

    /// <summary>Puts the right checksum in the place of the zeros after its type and length, computed bit by bit.</summary>
    private static string WithChecksum(string header)
    {
        var octets = Encoding.Latin1.GetBytes(header);
        var crc = uint.MaxValue;
        foreach (var octet in octets)
        {
            crc ^= octet;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0x82F63B78;
            }
        }

        var place = header.IndexOf("\x03\0\x04\0\0\0\0", 16, StringComparison.Ordinal) + 3;
        BinaryPrimitives.WriteUInt32BigEndian(octets.AsSpan(place), ~crc);
        return Encoding.Latin1.GetString(octets);
    }
}
