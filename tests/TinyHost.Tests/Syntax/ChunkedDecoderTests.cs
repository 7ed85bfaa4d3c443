// Owns: what the corpus cannot say of ChunkedDecoder: how it shares the octets with its caller, and its storage.
// Does not own: the grammar (CorpusTests).

using System.Text;

namespace TinyHost.Tests.Syntax;

public sealed class ChunkedDecoderTests
{
    private static readonly ServerLimits s_limits = new();

    [Fact]
    public void Advance_stops_at_the_content_and_waits_until_it_is_taken()
    {
        var decoder = new ChunkedDecoder();
        Assert.Equal(ChunkStep.Content, decoder.Advance("a;x\r\n0123456789\r\n"u8, s_limits, out var consumed, out _));
        Assert.Equal((5, 10L), (consumed, decoder.Remaining));

        Assert.Equal(ChunkStep.Content, decoder.Advance("0123456789\r\n"u8, s_limits, out consumed, out _));
        Assert.Equal((0, 10L), (consumed, decoder.Remaining));

        decoder.Took(4);
        Assert.Equal(ChunkStep.Content, decoder.Advance([], s_limits, out consumed, out _));
        Assert.Equal((0, 6L), (consumed, decoder.Remaining));

        decoder.Took(6);
        Assert.Equal(ChunkStep.NeedMore, decoder.Advance("\r\n"u8, s_limits, out consumed, out _));
        Assert.Equal((2, 0L), (consumed, decoder.Remaining));
    }

    [Fact]
    public void Advance_consumes_all_it_is_offered_while_it_needs_more()
    {
        var decoder = new ChunkedDecoder();
        foreach (var octet in "0;a=\"b\"\r\nX-Trailer: value\r\nY: z\r\n\r"u8)
        {
            Assert.Equal(ChunkStep.NeedMore, decoder.Advance([octet], s_limits, out var consumed, out _));
            Assert.Equal(1, consumed);
        }

        Assert.Equal(ChunkStep.End, decoder.Advance("\nGET"u8, s_limits, out var last, out _));
        Assert.Equal(1, last);
        Assert.Equal(2, decoder.Trailers.Length);
    }

    [Fact]
    public void Advance_behind_the_end_stays_at_the_end()
    {
        var decoder = new ChunkedDecoder();
        Assert.Equal(ChunkStep.End, decoder.Advance("0\r\n\r\nGET / HTTP/1.1"u8, s_limits, out var consumed, out _));
        Assert.Equal(5, consumed);
        Assert.Equal(ChunkStep.End, decoder.Advance("GET / HTTP/1.1"u8, s_limits, out consumed, out _));
        Assert.Equal(0, consumed);
    }

    [Fact]
    public void Trailers_do_not_depend_on_the_octets_they_came_in()
    {
        var received = "0\r\nX: y\r\n\r\n"u8.ToArray();
        var decoder = new ChunkedDecoder();
        Assert.Equal(ChunkStep.End, decoder.Advance(received, s_limits, out _, out _));
        received.AsSpan().Clear();
        var trailer = Assert.Single(decoder.Trailers.ToArray());
        Assert.Equal("X=y", Encoding.ASCII.GetString([.. trailer.Name.Of(decoder.TrailerOctets), (byte)'=', .. trailer.Value.Of(decoder.TrailerOctets)]));
    }

    [Fact]
    public void Content_of_exactly_the_limit_is_taken_and_an_octet_more_is_not()
    {
        var limits = new ServerLimits { MaxRequestBodySize = 6 };
        var decoder = new ChunkedDecoder();
        Assert.Equal(ChunkStep.Content, decoder.Advance("4\r\n"u8, limits, out _, out _));
        decoder.Took(4);
        Assert.Equal(ChunkStep.Content, decoder.Advance("\r\n2\r\n"u8, limits, out _, out _));
        decoder.Took(2);
        Assert.Equal(ChunkStep.Rejected, decoder.Advance("\r\n1\r\n"u8, limits, out _, out var reason));
        Assert.Equal(RejectReason.BodyTooLarge, reason);
    }

    [Fact]
    public void Content_without_a_limit_goes_up_to_what_can_be_counted()
    {
        var limits = new ServerLimits { MaxRequestBodySize = null };
        var decoder = new ChunkedDecoder();
        Assert.Equal(ChunkStep.Content, decoder.Advance("7FFFFFFFFFFFFFFF\r\n"u8, limits, out _, out _));
        decoder.Took(long.MaxValue);
        Assert.Equal(ChunkStep.Rejected, decoder.Advance("\r\n1\r\n"u8, limits, out _, out var reason));
        Assert.Equal(RejectReason.BodyTooLarge, reason);
    }

    [Fact]
    public void Clear_forgets_the_total_the_trailers_and_a_line_half_read()
    {
        var limits = new ServerLimits { MaxRequestBodySize = 5 };
        var decoder = new ChunkedDecoder();
        decoder.Advance("5\r\n"u8, limits, out _, out _);
        decoder.Took(5);
        decoder.Advance("\r\n0\r\nX: y\r\n\r\n"u8, limits, out _, out _);
        decoder.Clear();
        Assert.Equal(0, decoder.Trailers.Length + decoder.TrailerOctets.Length);

        decoder.Advance("5;a=\""u8, limits, out _, out _);
        decoder.Clear();
        Assert.Equal(ChunkStep.Content, decoder.Advance("5\r\n"u8, limits, out _, out _));

        decoder.Clear();
        Assert.Equal(0, decoder.Remaining);
        Assert.Equal(ChunkStep.End, decoder.Advance("0\r\n\r\n"u8, limits, out _, out _));
        Assert.Equal(0, decoder.Trailers.Length);
    }

    [Fact]
    public void Clear_keeps_small_trailer_storage_and_lets_big_storage_go()
    {
        var decoder = new ChunkedDecoder();
        var small = Encoding.ASCII.GetBytes("0\r\nX: " + new string('v', 100) + "\r\n\r\n");
        var big = Encoding.ASCII.GetBytes("0\r\nX: " + new string('v', 4_000) + "\r\n\r\n");
        Assert.Equal(0, AllocatedBySecond(decoder, small));
        Assert.InRange(AllocatedBySecond(decoder, big), 4_000, 20_000);
    }

    [Fact]
    public void Clear_keeps_trailer_storage_of_1024_octets()
    {
        // A first line of 512 octets takes as many, which the second doubles and fills to the last octet.
        var octets = Encoding.ASCII.GetBytes("0\r\nX: " + new string('v', 507) + "\r\nY: " + new string('v', 505) + "\r\n\r\n");
        Assert.Equal(0, AllocatedBySecond(new ChunkedDecoder(), octets));
    }

    [Fact]
    public void Trailer_storage_grows_by_doubling_however_its_octets_come()
    {
        var decoder = new ChunkedDecoder();
        var octets = Encoding.ASCII.GetBytes("0\r\nX: " + new string('v', 8_000) + "\r\n\r\n");
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var octet in octets)
        {
            decoder.Advance([octet], s_limits, out _, out _);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 8_000, 40_000);
    }

    private static long AllocatedBySecond(ChunkedDecoder decoder, byte[] octets)
    {
        decoder.Advance(octets, s_limits, out _, out _);
        decoder.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();
        decoder.Advance(octets, s_limits, out _, out _);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        decoder.Clear();
        return allocated;
    }
}
