// Owns: that an octet set finds the same octets as SearchValues, at every position.

using System.Buffers;

namespace TinyHost.Tests;

public sealed class OctetSetTests
{
    public static TheoryData<int> Lengths => [.. Enumerable.Range(1, 50)];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void An_octet_outside_the_set_is_found_at_every_position(int length)
    {
        // Every third octet, on both halves of the range.
        byte[] members = [.. Enumerable.Range(0, 256).Where(octet => octet % 3 == length % 3).Select(octet => (byte)octet)];
        var set = new OctetSet(members);
        var reference = SearchValues.Create(members);
        var octets = new byte[length];
        for (var position = 0; position < length; position++)
        {
            for (var octet = 0; octet < 256; octet++)
            {
                Array.Fill(octets, members[octet % members.Length]);
                octets[position] = (byte)octet;
                Assert.Equal(octets.AsSpan().IndexOfAnyExcept(reference), set.IndexOfAnyExcept(octets));
                Assert.Equal(reference.Contains((byte)octet), set.Contains((byte)octet));
            }
        }
    }

    [Fact]
    public void The_first_of_several_is_found()
    {
        var set = new OctetSet("a"u8);
        Assert.Equal(17, set.IndexOfAnyExcept("aaaaaaaaaaaaaaaaabab\u0080"u8));
        Assert.Equal(3, set.IndexOfAnyExcept("aaa\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"u8));
    }

    [Fact]
    public void An_octet_named_twice_is_in_the_set() => Assert.Equal(-1, new OctetSet("aab"u8).IndexOfAnyExcept(new string('a', 40)
        .Select(c => (byte)c).ToArray()));

    [Fact]
    public void An_empty_span_has_no_octet_outside_a_set_and_an_empty_set_contains_none()
    {
        Assert.Equal(-1, new OctetSet("a"u8).IndexOfAnyExcept([]));
        Assert.Equal(0, new OctetSet().IndexOfAnyExcept("a"u8));
        Assert.Equal(0, new OctetSet().IndexOfAnyExcept(new byte[40]));
    }
}
