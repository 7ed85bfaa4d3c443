// Owns: tests of ChunkedDecoder beyond the grammar (CorpusTests): how it shares the octets with its caller, and its storage.

using System.Buffers;
using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Syntax;

public sealed class ChunkedDecoderTests
{
    private static readonly ServerLimits s_limits = new();

    [Fact]
    public void Advance_stops_at_the_content_and_waits_until_it_is_taken()
    {
        var decoder = new ChunkedDecoder(ArrayPool<byte>.Shared);
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
    public void Advance_consumes_all_octets_while_it_needs_more()
    {
        var decoder = new ChunkedDecoder(ArrayPool<byte>.Shared);
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
    public void Advance_after_the_end_stays_at_the_end()
    {
        var decoder = new ChunkedDecoder(ArrayPool<byte>.Shared);
        Assert.Equal(ChunkStep.End, decoder.Advance("0\r\n\r\nGET / HTTP/1.1"u8, s_limits, out var consumed, out _));
        Assert.Equal(5, consumed);
        Assert.Equal(ChunkStep.End, decoder.Advance("GET / HTTP/1.1"u8, s_limits, out consumed, out _));
        Assert.Equal(0, consumed);
    }

    [Fact]
    public void Trailers_do_not_depend_on_the_buffer_they_arrived_in()
    {
        var received = "0\r\nX: y\r\n\r\n"u8.ToArray();
        var decoder = new ChunkedDecoder(ArrayPool<byte>.Shared);
        Assert.Equal(ChunkStep.End, decoder.Advance(received, s_limits, out _, out _));
        received.AsSpan().Clear();
        var trailer = Assert.Single(decoder.Trailers.ToArray());
        Assert.Equal(
            "X=y",
            Encoding.ASCII.GetString([.. trailer.Name.Of(decoder.TrailerOctets), (byte)'=', .. trailer.Value.Of(decoder.TrailerOctets)]));
    }

    [Fact]
    public void Content_of_exactly_the_limit_is_accepted_and_one_more_octet_is_not()
    {
        var limits = new ServerLimits { MaxRequestBodySize = 6 };
        var decoder = new ChunkedDecoder(ArrayPool<byte>.Shared);
        Assert.Equal(ChunkStep.Content, decoder.Advance("4\r\n"u8, limits, out _, out _));
        decoder.Took(4);
        Assert.Equal(ChunkStep.Content, decoder.Advance("\r\n2\r\n"u8, limits, out _, out _));
        decoder.Took(2);
        Assert.Equal(ChunkStep.Rejected, decoder.Advance("\r\n1\r\n"u8, limits, out _, out var reason));
        Assert.Equal(RejectReason.BodyTooLarge, reason);
    }

    [Fact]
    public void Content_without_a_limit_may_have_any_size_that_fits_a_long()
    {
        var limits = new ServerLimits { MaxRequestBodySize = null };
        var decoder = new ChunkedDecoder(ArrayPool<byte>.Shared);
        Assert.Equal(ChunkStep.Content, decoder.Advance("7FFFFFFFFFFFFFFF\r\n"u8, limits, out _, out _));
        decoder.Took(long.MaxValue);
        Assert.Equal(ChunkStep.Rejected, decoder.Advance("\r\n1\r\n"u8, limits, out _, out var reason));
        Assert.Equal(RejectReason.BodyTooLarge, reason);
    }

    [Fact]
    public void Clear_forgets_the_total_the_trailers_and_an_incomplete_line()
    {
        var limits = new ServerLimits { MaxRequestBodySize = 5 };
        var decoder = new ChunkedDecoder(ArrayPool<byte>.Shared);
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
    public void A_released_decoder_begins_anew()
    {
        var decoder = new ChunkedDecoder(ArrayPool<byte>.Shared);
        decoder.Advance("5;a=\""u8, s_limits, out _, out _);
        decoder.Release();
        Assert.Equal(ChunkStep.End, decoder.Advance("0\r\n\r\n"u8, s_limits, out _, out _));
    }

    [Theory]
    // An array for the section's octets, which doubles from 64, and one for the offsets of its lines.
    [InlineData(64, 2)]
    [InlineData(65, 3)]
    [InlineData(1_024, 6)]
    [InlineData(1_025, 7)]
    public void A_trailer_section_that_arrives_octet_by_octet_rents_few_arrays_and_returns_them_all(int size, int rented)
    {
        var pool = new CountingPool();
        var decoder = new ChunkedDecoder(pool);
        decoder.Advance("0\r\n"u8, s_limits, out _, out _);
        foreach (var octet in Encoding.ASCII.GetBytes("X: " + new string('v', size - 7) + "\r\n\r\n"))
        {
            decoder.Advance([octet], s_limits, out _, out _);
        }

        Assert.Equal((rented, 2), (pool.Rented, pool.Lent));
        decoder.Release();
        Assert.Equal(0, pool.Lent);
        decoder.Release();
        Assert.Equal(rented, pool.Rented);
    }

    [Fact]
    public void A_section_of_many_lines_returns_the_arrays_that_became_too_small()
    {
        var pool = new CountingPool();
        var octets = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("X: y\r\n", 90)) + "\r\n");
        var section = new FieldSection(pool);
        Assert.Equal(ParseStatus.Complete, section.Parse(octets, octets.Length, 100, out _, out _));
        Assert.Equal((90, 1), (section.Count, pool.Lent));
        section.Release();
        Assert.Equal((0, 0), (section.Count, pool.Lent));
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(4_000, 1)]
    [InlineData(8_000, 8_100)]
    public void A_trailer_section_leaves_nothing_behind_and_allocates_nothing_however_its_octets_arrive(int length, int pieces)
    {
        var decoder = new ChunkedDecoder(ArrayPool<byte>.Shared);
        var octets = Encoding.ASCII.GetBytes("0\r\nX: " + new string('v', length) + "\r\n\r\n");
        Read();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var last = Read();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(ChunkStep.End, last);
        Assert.True(decoder.TrailerOctets.IsEmpty && decoder.Trailers.IsEmpty);

        ChunkStep Read()
        {
            var step = ChunkStep.NeedMore;
            var size = (octets.Length + pieces - 1) / pieces;
            for (var start = 0; start < octets.Length; start += size)
            {
                step = decoder.Advance(octets.AsSpan(start, Math.Min(size, octets.Length - start)), s_limits, out _, out _);
            }

            decoder.Release();
            return step;
        }
    }
}
