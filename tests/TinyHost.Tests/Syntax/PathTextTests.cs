// Owns: that templates, prefixes, base paths and methods that no request can match are refused.

namespace TinyHost.Tests;

public sealed class PathTextTests
{
    private static readonly Func<RequestContext, Task> s_handler = _ => Task.CompletedTask;

    [Theory]
    [InlineData("/a%20b", "paths are compared decoded and without dot segments, as '/a b'")]
    [InlineData("/%41", "paths are compared decoded and without dot segments, as '/A'")]
    [InlineData("/caf%C3%A9", "paths are compared decoded and without dot segments, as '/café'")]
    [InlineData("/a%2fb", "paths are compared decoded and without dot segments, as '/a%2Fb'")]
    [InlineData("/a%5Cb", "paths are compared decoded and without dot segments, as '/a\\b'")]
    [InlineData("/a/../b", "paths are compared decoded and without dot segments, as '/b'")]
    [InlineData("/a/./b", "paths are compared decoded and without dot segments, as '/a/b'")]
    [InlineData("/..", "paths are compared decoded and without dot segments, as '/'")]
    [InlineData("/%2e%2e/a", "paths are compared decoded and without dot segments, as '/a'")]
    [InlineData("/a//b", "it has an empty segment between two slashes")]
    [InlineData("//a", "it has an empty segment between two slashes")]
    [InlineData("/a?b", "it describes the path alone, without query or fragment")]
    [InlineData("/a#b", "it describes the path alone, without query or fragment")]
    [InlineData("/100%", "a percent sign in a path is written %25")]
    [InlineData("/a%4/b", "a percent sign in a path is written %25")]
    [InlineData("/a%00b", "a percent sign in a path is written %25")]
    [InlineData("/a\0b", "it contains a NUL, which no path does")]
    public void A_text_that_no_path_can_match_is_refused_by_every_stage(string text, string why)
    {
        Assert.Equal(why, TargetPath.WhyUnreachable(text));
        Assert.Contains(
            why,
            Assert.Throws<ArgumentException>("template", () => new Routes().Get(text, s_handler)).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            "Not a route template:",
            Assert.Throws<ArgumentException>("template", () => new Routes().Get(text + "/{id}", s_handler)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            why,
            Assert.Throws<ArgumentException>("prefix", () => PathRouting.Wrap(s_handler, text, s_handler)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            why,
            Assert.Throws<ArgumentException>(() => PathRouting.ThrowIfUnreachable(text)).Message,
            StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => Prefix.Parse($"http://+:80{text}/"));
    }

    // Not a theory, whose data are passed as UTF-8.
    [Fact]
    public void Half_of_a_surrogate_pair_is_refused() =>
        Assert.Equal("it contains half of a surrogate pair, which is not a character", TargetPath.WhyUnreachable("/\uD83D"));

    [Theory]
    [InlineData("/")]
    [InlineData("/users/me")]
    [InlineData("/a b")]
    [InlineData("/café")]
    [InlineData("/a%2Fb")]
    [InlineData("/100%25")]
    [InlineData("/%FF")]
    [InlineData("/.well-known/x")]
    [InlineData("/...")]
    [InlineData("/a|b\\c\"")]
    public void A_text_that_a_path_can_match_is_accepted(string text) => Assert.Null(TargetPath.WhyUnreachable(text));

    [Theory]
    [InlineData("/{tenant}")]
    [InlineData("/users/{id}/x")]
    public void A_prefix_with_parameters_is_refused(string prefix)
    {
        Assert.Contains(
            "a prefix has no parameters",
            Assert.Throws<ArgumentException>(nameof(prefix), () => PathRouting.Wrap(s_handler, prefix, s_handler)).Message,
            StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => Prefix.Parse($"http://+:80{prefix}/"));
    }

    [Theory]
    [InlineData("get", "methods are case-sensitive, and this one is GET (RFC 9110 §9.1)")]
    [InlineData("Post", "methods are case-sensitive, and this one is POST (RFC 9110 §9.1)")]
    [InlineData("propfind", "methods are case-sensitive, and this one is PROPFIND (RFC 9110 §9.1)")]
    [InlineData("CONNECT", "the target of CONNECT is a host and a port, not a path (RFC 9110 §9.3.6)")]
    [InlineData("connect", "methods are case-sensitive, and this one is CONNECT (RFC 9110 §9.1)")]
    [InlineData("*", "there is no method that stands for all others")]
    public void A_method_that_no_request_can_have_is_refused(string method, string why)
    {
        var exception = Assert.Throws<ArgumentException>(nameof(method), () => new Routes().Map(method, "/", s_handler));
        Assert.StartsWith($"No request can match the method '{method}': {why}.", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("TRACE")]
    [InlineData("PURGE")]
    [InlineData("purge")]
    [InlineData("M-SEARCH")]
    public void A_method_that_a_request_can_have_is_accepted(string method) => Assert.NotNull(new Routes().Map(method, "/", s_handler));

    [Theory]
    [InlineData(" acme")]
    [InlineData("acme\t")]
    [InlineData("a\nb")]
    [InlineData("\u0100")]
    public void A_field_value_that_no_field_can_have_is_refused(string value) =>
        Assert.StartsWith(
            "No field can have the value",
            Assert.Throws<ArgumentException>(nameof(value), () => FieldRouting.Wrap(s_handler, "X-Tenant", value, s_handler)).Message,
            StringComparison.Ordinal);
}
