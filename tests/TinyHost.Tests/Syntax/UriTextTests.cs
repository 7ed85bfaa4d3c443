// Owns: tests of UriText.

namespace TinyHost.Tests;

public sealed class UriTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("/a%20b?c=d#e", "/a%20b?c=d#e")]
    [InlineData("http://[::1]:8080/a;b@c!$&'()*+,=", "http://[::1]:8080/a;b@c!$&'()*+,=")]
    [InlineData("/\\evil.example", "/%5Cevil.example")]
    [InlineData("/\t/evil.example", "/%09/evil.example")]
    [InlineData("/a b", "/a%20b")]
    [InlineData("/\"<>^`{|}", "/%22%3C%3E%5E%60%7B%7C%7D")]
    [InlineData("/?q=100%", "/?q=100%25")]
    [InlineData("/?q=100%&r=%4", "/?q=100%25&r=%254")]
    [InlineData("/%zz%41", "/%25zz%41")]
    [InlineData("/é€😀", "/%C3%A9%E2%82%AC%F0%9F%98%80")]
    [InlineData("/a\r\nb\0\u007F", "/a\r\nb\0\u007F")]
    public void Characters_that_no_URI_contains_are_percent_encoded_except_control_characters(string text, string expected) =>
        Assert.Equal(expected, UriText.Encode(text));

    // Not a theory, whose data are passed as UTF-8.
    [Fact]
    public void Half_of_a_surrogate_pair_is_encoded_as_the_replacement_character() => Assert.Equal("/%EF%BF%BD", UriText.Encode("/\uD83D"));

    [Fact]
    public void Text_that_needs_no_encoding_is_the_same_object()
    {
        var text = new string("/users/17?a=b");
        Assert.Same(text, UriText.Encode(text));
    }
}
