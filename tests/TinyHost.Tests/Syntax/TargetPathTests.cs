// Owns: tests of TargetPath.

using System.Text;

namespace TinyHost.Tests;

public sealed class TargetPathTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("/users/17", "/users/17")]
    [InlineData("//a//b/", "/a/b/")]
    [InlineData("/a\\b{c}|[d]\"<e>^`", "/a\\b{c}|[d]\"<e>^`")]
    [InlineData("/%41%62c", "/Abc")]
    [InlineData("/a%20b", "/a b")]
    [InlineData("/100%25", "/100%25")]
    [InlineData("/a%252Fb", "/a%252Fb")]
    [InlineData("/a%252fb%2fc", "/a%252fb%2Fc")]
    [InlineData("/a%2fb", "/a%2Fb")]
    [InlineData("/a%5Cb", "/a\\b")]
    [InlineData("/%C3%A9%e2%82%ac%F0%9F%98%80", "/é€😀")]
    public void Normalize_decodes_triplets_without_another_meaning(string path, string expected) => Assert.Equal(expected, Normalize(path));

    [Theory]
    [InlineData("/%C3", "/%C3")]
    [InlineData("/%c3%28", "/%C3(")]
    [InlineData("/%C0%AF", "/%C0%AF")]
    [InlineData("/%ed%a0%80x", "/%ED%A0%80x")]
    [InlineData("/%F0%9F%98", "/%F0%9F%98")]
    [InlineData("/%ff%41", "/%FFA")]
    [InlineData("/%F5%80%80%80", "/%F5%80%80%80")]
    public void Normalize_keeps_octets_that_are_not_utf8_encoded(string path, string expected) => Assert.Equal(expected, Normalize(path));

    [Theory]
    [InlineData("/.", "/")]
    [InlineData("/..", "/")]
    [InlineData("/./", "/")]
    [InlineData("/../../etc/passwd", "/etc/passwd")]
    [InlineData("/a/./b/../c", "/a/c")]
    [InlineData("/a/b/..", "/a/")]
    [InlineData("/a/b/.", "/a/b/")]
    [InlineData("/a/b/../..", "/")]
    [InlineData("/a/b/c/./../../g", "/a/g")]
    [InlineData("/a//../b", "/b")]
    [InlineData("//", "/")]
    [InlineData("/a///", "/a/")]
    [InlineData("/a/.//b", "/a/b")]
    [InlineData("/a/b/..//c", "/a/c")]
    [InlineData("//..", "/")]
    [InlineData("/..//a", "/a")]
    [InlineData("/%2e%2E/a", "/a")]
    [InlineData("/a/.%2e/b", "/b")]
    [InlineData("/a/%2e", "/a/")]
    [InlineData("/...", "/...")]
    [InlineData("/.well-known", "/.well-known")]
    [InlineData("/a..", "/a..")]
    [InlineData("/..%2Fa", "/..%2Fa")]
    public void Normalize_removes_dot_segments_and_never_leaves_the_root(string path, string expected) =>
        Assert.Equal(expected, Normalize(path));

    [Theory]
    [InlineData("/%")]
    [InlineData("/%4")]
    [InlineData("/%4/")]
    [InlineData("/%4g")]
    [InlineData("/%g4")]
    [InlineData("/%%41")]
    [InlineData("/a%C3%")]
    [InlineData("/a%00")]
    [InlineData("/%C3%00")]
    public void Normalize_refuses_malformed_triplets_and_nul(string path) => Assert.Null(Normalize(path));

    [Theory]
    [InlineData("a", "it must begin with a slash")]
    [InlineData("", "it must begin with a slash")]
    [InlineData("/", null)]
    [InlineData("/a%", "a percent sign in a path is written %25")]
    [InlineData("/..", "paths are compared decoded and without dot segments, as '/'")]
    public void WhyUnreachable_says_what_is_wrong(string text, string? expected) => Assert.Equal(expected, TargetPath.WhyUnreachable(text));

    [Fact]
    public void Normalize_of_an_empty_path_is_empty() => Assert.Equal("", Normalize(""));

    [Theory]
    [InlineData("/", false)]
    [InlineData("/a/b.txt", false)]
    [InlineData("/.well-known/x", false)]
    [InlineData("/...", false)]
    [InlineData("/a/..b/.c/...", false)]
    [InlineData("/a%41", true)]
    [InlineData("/.", true)]
    [InlineData("/a/..", true)]
    [InlineData("/./a", true)]
    [InlineData("/.a/../b", true)]
    [InlineData("//", true)]
    [InlineData("/a//b", true)]
    [InlineData("/a/b//", true)]
    public void NeedsNormalizing_is_true_for_paths_that_change(string path, bool expected) =>
        Assert.Equal(expected, RequestTarget.NeedsNormalizing(Encoding.ASCII.GetBytes(path)));

    [Theory]
    [InlineData("//", true)]
    [InlineData("/./", true)]
    [InlineData("/..", true)]
    [InlineData("%", true)]
    [InlineData("/.a", false)]
    [InlineData("/..a/", false)]
    public void NeedsNormalizing_examines_every_place_in_a_long_path(string odd, bool expected)
    {
        for (var before = 1; before < 40; before++)
        {
            for (var after = 0; after < 40; after++)
            {
                var path = $"/{new string('a', before)}{odd}{(odd == "/.." ? "/" : "")}{new string('b', after)}";
                Assert.True(expected == RequestTarget.NeedsNormalizing(Encoding.ASCII.GetBytes(path)), path);
            }
        }
    }

    private static string? Normalize(string path)
    {
        var octets = Encoding.ASCII.GetBytes(path);
        var destination = new byte[octets.Length];
        var length = TargetPath.Normalize(octets, destination);
        return length < 0 ? null : Encoding.UTF8.GetString(destination, 0, length);
    }
}
