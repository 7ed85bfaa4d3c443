namespace TinyHost.Tests;

public sealed class PrefixTests
{
    [Theory]
    [InlineData("http://+:8080/", "+", 8080, "/")]
    [InlineData("http://*:8080/", "*", 8080, "/")]
    [InlineData("http://localhost:8080/", "localhost", 8080, "/")]
    [InlineData("HTTP://LOCALHOST:8080/", "localhost", 8080, "/")]
    [InlineData("http://127.0.0.1:8080/", "127.0.0.1", 8080, "/")]
    [InlineData("http://0.0.0.0:8080/", "0.0.0.0", 8080, "/")]
    [InlineData("http://[::1]:8080/", "[::1]", 8080, "/")]
    [InlineData("http://[::]:0/", "[::]", 0, "/")]
    [InlineData("http://+:65535/base/path/", "+", 65535, "/base/path/")]
    public void A_prefix_is_read_into_its_parts(string text, string host, int port, string path) =>
        Assert.Equal(new Prefix("http", host, port, path), Prefix.Parse(text));

    [Theory]
    [InlineData("metrics=http://+:0/", "metrics", "/")]
    [InlineData(" my-own_1 = http://+:0/a=b/ ", "my-own_1", "/a=b/")]
    [InlineData("http://+:0/a=b/", null, "/a=b/")]
    public void A_prefix_can_have_a_name(string text, string? name, string path)
    {
        var prefix = Prefix.Parse(text);
        Assert.Equal((name, path, $"http://+:0{path}"), (prefix.Name, prefix.Path, prefix.ToString()));
    }

    [Theory]
    [InlineData("=http://+:0/", "a name consists of")]
    [InlineData("7=http://+:0/", "a name consists of")]
    [InlineData("a b=http://+:0/", "a name consists of")]
    [InlineData("a__b=http://+:0/", "a name consists of")]
    [InlineData("metrics=", "expected http://HOST:PORT/")]
    [InlineData("metrics=8080", "expected http://HOST:PORT/")]
    [InlineData("", "expected http://HOST:PORT/")]
    [InlineData("8080", "expected http://HOST:PORT/")]
    [InlineData("+:8080/", "expected http://HOST:PORT/")]
    [InlineData("https://+/", "the port is missing")]
    [InlineData("httpss://+:8080/", "the scheme 'httpss' is not served, only http and https")]
    [InlineData("ftp://+:8080/", "the scheme 'ftp' is not served")]
    [InlineData("http://+:8080", "ends in /")]
    [InlineData("http://+:8080/base", "ends in /")]
    [InlineData("http://+/", "the port is missing")]
    [InlineData("http://[::1]/", "the port is missing")]
    [InlineData("http://+:/", "the port '' is not a number")]
    [InlineData("http://+:65536/", "the port '65536' is not a number")]
    [InlineData("http://+:-1/", "the port '-1' is not a number")]
    [InlineData("http://+:80x/", "the port '80x' is not a number")]
    [InlineData("http://example.com:8080/", "the host 'example.com' is not one of")]
    [InlineData("http://::1:8080/", "the host '::1' is not one of")]
    [InlineData("http://127.1:8080/", "the host '127.1' is not one of")]
    [InlineData("http://0177.0.0.1:8080/", "the host '0177.0.0.1' is not one of")]
    [InlineData("http://[127.0.0.1]:8080/", "the host '[127.0.0.1]' is not one of")]
    [InlineData("http://:8080/", "the host '' is not one of")]
    [InlineData("http://+:8080/a?b/", "its path is not a plain one")]
    [InlineData("http://+:8080/a//b/", "its path is not a plain one")]
    [InlineData("http://+:8080/../", "its path is not a plain one")]
    [InlineData("http://+:8080/%41/", "its path is not a plain one")]
    public void An_invalid_prefix_is_refused_with_the_reason(string text, string why)
    {
        var e = Assert.Throws<FormatException>(() => Prefix.Parse(text));
        Assert.StartsWith($"not a prefix: '{text}': ", e.Message, StringComparison.Ordinal);
        Assert.Contains(why, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prefix_prints_as_it_is_written() => Assert.Equal("http://[::1]:8080/a/", Prefix.Parse("http://[::1]:8080/a/").ToString());
}
