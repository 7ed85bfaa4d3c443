// Owns: tests of octets and tokens beyond the corpus: exact values, and text.

namespace TinyHost.Tests.Syntax;

public sealed class OctetsTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("X-Name.1~", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a:", false)]
    [InlineData("\u007F", false)]
    [InlineData("\u0080", false)]
    [InlineData("\u00E9", false)]
    public void IsToken_holds_for_a_run_of_tchar(string text, bool expected) => Assert.Equal(expected, TokenText.IsToken(text));

    [Fact]
    public void TripletValue_is_minus_one_without_a_triplet()
    {
        Assert.Equal(0xA5, TargetPath.TripletValue("%a5"u8));
        Assert.Equal(-1, TargetPath.TripletValue("%g1"u8));
        Assert.Equal(-1, TargetPath.TripletValue("%1g"u8));
        Assert.Equal(-1, TargetPath.TripletValue("%1"u8));
        Assert.Equal(-1, TargetPath.TripletValue("a11"u8));
    }

    [Fact]
    public void Trim_examines_nothing_outside_its_stretch()
    {
        Assert.Equal(new Slice(3, 0), Octets.Trim("a \t  b"u8, 1, 3));
        Assert.Equal(new Slice(2, 1), Octets.Trim("a b  "u8, 1, 4));
    }
}
