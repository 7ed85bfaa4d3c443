// Owns: tests of RequestHead beyond the grammar (CorpusTests): it reads each octet once, has three outcomes, and allocates nothing.

using System.Buffers;
using System.Text;

namespace TinyHost.Tests.Syntax;

public sealed class RequestHeadTests
{
    private static readonly ServerLimits s_limits = new();

    /// <summary>
    /// A slow peer must not make the server read its octets again and again. Octets that have been parsed are overwritten with NUL, which
    /// is valid nowhere in a head, so that reading one again is detected. They are restored only for the octet that ends an element, since
    /// the complete target is split, and the complete value trimmed, once.
    /// </summary>
    [Fact]
    public void Parse_reads_each_octet_once_however_slowly_they_arrive()
    {
        var text = new StringBuilder("\r\nGET /").Append('t', 4_000).Append(" HTTP/1.1\r\nHost:a\r\n");
        for (var i = 0; i < 50; i++)
        {
            text.Append('n', 100).Append(':').Append('v', 300).Append("\r\n");
        }

        var octets = Encoding.ASCII.GetBytes(text.Append("\r\n").ToString());
        var overwritten = new byte[octets.Length];
        var head = new RequestHead(ArrayPool<byte>.Shared);
        var wholeReads = 0;
        for (var length = 1; length <= octets.Length; length++)
        {
            overwritten[length - 1] = octets[length - 1];
            var endsElement = octets[length - 1] is (byte)' ' or (byte)'\r';
            wholeReads += endsElement ? 1 : 0;
            var status = head.Parse((endsElement ? octets : overwritten).AsSpan(0, length), s_limits, out _, out var reason);
            Assert.Equal(RejectReason.None, reason);
            Assert.Equal(length == octets.Length ? ParseStatus.Complete : ParseStatus.Incomplete, status);
            overwritten[length - 1] = 0;
        }

        // one empty line, two spaces, and a CR for each line
        Assert.Equal(1 + 2 + 53, wholeReads);
        Assert.Equal(51, head.Fields.Length);
        Assert.Equal(4_001, head.Target.Length);
    }

    [Fact]
    public void Parse_of_nothing_is_incomplete()
    {
        var status = new RequestHead(ArrayPool<byte>.Shared).Parse([], s_limits, out var consumed, out var reason);
        Assert.Equal((ParseStatus.Incomplete, 0, RejectReason.None), (status, consumed, reason));
    }

    [Fact]
    public void Parse_consumes_the_head_and_nothing_after_it()
    {
        var octets = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET"u8;
        var head = new RequestHead(ArrayPool<byte>.Shared);
        Assert.Equal(ParseStatus.Complete, head.Parse(octets, s_limits, out var consumed, out _));
        Assert.Equal(octets.Length - 3, consumed);
        Assert.Equal(2, head.Method.Offset);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n", 0)]
    [InlineData("\r\nGET / HTTP/1.1\r\nHost: a\r\n", 2)]
    public void The_start_of_the_request_line_stays_where_it_is(string octets, int expected)
    {
        var head = new RequestHead(ArrayPool<byte>.Shared);
        Assert.Equal(ParseStatus.Incomplete, head.Parse(Encoding.ASCII.GetBytes(octets), s_limits, out _, out _));
        Assert.Equal(expected, head.LineStart);
    }

    [Fact]
    public void A_released_head_keeps_no_field()
    {
        var head = new RequestHead(ArrayPool<byte>.Shared);
        head.Parse("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"u8, s_limits, out _, out _);
        head.Release();
        Assert.Equal(0, head.Fields.Length);
    }

    [Theory]
    [InlineData('\u0080')]
    [InlineData('\u00FE')]
    [InlineData('\u00FF')]
    [InlineData('\t')]
    [InlineData('~')]
    public void A_field_value_may_have_every_octet_but_control_characters(char octet)
    {
        var octets = Encoding.Latin1.GetBytes($"GET / HTTP/1.1\r\nHost: a\r\nX: a{octet}b\r\n\r\n");
        Assert.Equal(
            ParseStatus.Complete, new RequestHead(ArrayPool<byte>.Shared).Parse(octets, s_limits, out _, out var reason));
        Assert.Equal(RejectReason.None, reason);
    }

    [Fact]
    public void Parse_reports_the_method_of_a_head_whose_fields_are_rejected()
    {
        var octets = "HEAD /a HTTP/1.1\r\nHost : a\r\n\r\n"u8;
        var head = new RequestHead(ArrayPool<byte>.Shared);
        Assert.Equal(ParseStatus.Rejected, head.Parse(octets, s_limits, out _, out var reason));
        Assert.Equal(RejectReason.InvalidFieldName, reason);
        Assert.Equal("HEAD"u8, head.Method.Of(octets));
    }

    [Fact]
    public void Cleared_head_keeps_nothing()
    {
        var first = "GET http://b/c?d HTTP/1.0\r\nHost: a\r\nX: y\r\n\r\n"u8;
        var second = "OPTIONS * HTTP/1.1\r\n\r\n"u8;
        var head = new RequestHead(ArrayPool<byte>.Shared);
        head.Parse(first, s_limits, out _, out _);
        head.Clear();
        Assert.Equal(0, head.Fields.Length);

        Assert.Equal(ParseStatus.Complete, head.Parse(second, s_limits, out _, out _));
        Assert.Equal(TargetForm.Asterisk, head.Form);
        Assert.Equal(1, head.MinorVersion);
        Assert.Equal(0, head.Authority.Length + head.Path.Length + head.Query.Length + head.Fields.Length);
    }

    [Fact]
    public void Reading_a_request_allocates_nothing_once_warm()
    {
        var octets = Encoding.ASCII.GetBytes(
            "POST /a/%2e/b?c=d HTTP/1.1\r\nHost: example.org:8080\r\nConnection: keep-alive, x\r\n"
            + "Transfer-Encoding: chunked\r\nX: y\r\n\r\n");
        var chunks = Encoding.ASCII.GetBytes("5;a=\"b\"\r\nhello\r\n0\r\nHost: b\r\nX: y\r\n\r\n");
        var head = new RequestHead(ArrayPool<byte>.Shared);
        var decoder = new ChunkedDecoder(ArrayPool<byte>.Shared);
        for (var i = 0; i < 100; i++)
        {
            ReadOnce(octets, chunks, head, decoder);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            ReadOnce(octets, chunks, head, decoder);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void ReadOnce(byte[] octets, byte[] chunks, RequestHead head, ChunkedDecoder decoder)
    {
        Span<byte> path = stackalloc byte[64];
        head.Clear();
        decoder.Clear();
        var status = head.Parse(octets, s_limits, out _, out _);
        var reason = MessageFraming.Decide(head, octets, out var framing);
        var length = TargetPath.Normalize(head.Path.Of(octets), path);
        decoder.Advance(chunks, s_limits, out var consumed, out _);
        var content = (int)decoder.Remaining;
        decoder.Took(content);
        var step = decoder.Advance(chunks.AsSpan(consumed + content), s_limits, out _, out _);
        if (status != ParseStatus.Complete
            || reason != RejectReason.None
            || framing.Body != BodyKind.Chunked
            || length != 4
            || step != ChunkStep.End
            || decoder.Trailers.Length != 1
            || ResponseHead.WriteStatusLine(path, 200) != 17)
        {
            throw new InvalidOperationException("The request was not read as it should be.");
        }
    }
}
