// Owns: tests that a route value, {name} or {*name}, joined to a folder never leads out of it, on Unix or Windows.

using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class RouteValueTests
{
    [Theory]
    [InlineData("/report.pdf", "report.pdf")]
    [InlineData("/a%20b+c", "a b+c")]
    [InlineData("/100%25", "100%")]
    [InlineData("/a%252Fb", "a%2Fb")]
    [InlineData("/%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd")]
    [InlineData("/..%2F..%2Fetc", "..%2F..%2Fetc")]
    [InlineData("/..%5C..%5Cboot.ini", "..%5C..%5Cboot.ini")]
    [InlineData("/..\\..\\boot.ini", "..%5C..%5Cboot.ini")]
    [InlineData("/%5Cwindows", "%5Cwindows")]
    [InlineData("/\\\\server\\share", "%5C%5Cserver%5Cshare")]
    [InlineData("/C:", "C%3A")]
    [InlineData("/c:boot.ini", "c%3Aboot.ini")]
    [InlineData("/C%3A%5Cboot.ini", "C%3A%5Cboot.ini")]
    [InlineData("/%2e%2e%20", "%2E. ")]
    [InlineData("/...", "%2E..")]
    [InlineData("/..a", "..a")]
    [InlineData("/.well-known", ".well-known")]
    [InlineData("/urn:isbn:1", "urn:isbn:1")]
    [InlineData("/12:30", "12:30")]
    [InlineData("/{id}|\"<>^`[]", "{id}|\"<>^`[]")]
    [InlineData("/%FF", "%FF")]
    public async Task A_one_segment_value_is_the_same_for_both_kinds_of_parameter(string target, string expected)
    {
        Assert.Equal(expected, await ValueAsync("/f/{value}", "/f" + target));
        Assert.Equal(expected, await ValueAsync("/f/{*value}", "/f" + target));
    }

    [Theory]
    [InlineData("/f/", "")]
    [InlineData("/f/a/b/", "a/b/")]
    [InlineData("/f//etc/passwd", "etc/passwd")]
    [InlineData("/f/a//b", "a/b")]
    [InlineData("/f/C:/boot.ini", "C%3A/boot.ini")]
    [InlineData("/f/a/C:/b", "a/C%3A/b")]
    [InlineData("/f/a/%2e%2e%20/b", "a/%2E. /b")]
    [InlineData("/f/a%2F..%2F..%2Fb/c", "a%2F..%2F..%2Fb/c")]
    public async Task A_catch_all_value_contains_only_literal_slashes(string target, string expected) =>
        Assert.Equal(expected, await ValueAsync("/f/{*value}", target));

    /// <summary>A stage can set a path that is not normalized.</summary>
    [Theory]
    [InlineData("/f/../../etc", "%2E./%2E./etc")]
    [InlineData("/f///etc", "etc")]
    [InlineData("/f/./a", "%2E/a")]
    [InlineData("/f/a\0b", "a%00b")]
    public void A_path_set_by_a_stage_follows_the_same_rules(string path, string expected)
    {
        var values = new RouteValues();
        RouteTemplateParser.Parse("/f/{*value}").ReadValues(path, values);
        Assert.Equal(expected, values["value"]);
    }

    [Fact]
    public void No_route_value_leads_out_of_its_folder()
    {
        var fragments = Gen.Elements(
            "/", "/", "//", "\\", "%5C", "%5c", "%2F", "%2f", "%25", "2F", "5C", ".", "..", "%2e", "%2E%2E", "...", " ", "%20",
            "C:", "c%3A", "%43:", ":", "a", "b.c", "{", "|", "?", "~", "%FF", "\\\\?\\");
        Prop.ForAll(fragments.ArrayOf().Select(string.Concat).Resize(10).ToArbitrary(), text =>
        {
            var bytes = Encoding.UTF8.GetBytes("/" + text);
            var normal = new byte[bytes.Length];
            var length = TargetPath.Normalize(bytes, normal);
            if (length < 0)
            {
                return;
            }

            var path = Encoding.UTF8.GetString(normal, 0, length)[1..];
            StaysInside(RouteValue.Of(path).ToString());
            StaysInside(RouteValue.Of(path.Split('/')[0]).ToString());
            // The same for a path that is not normalized.
            StaysInside(RouteValue.Of(text).ToString());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000).WithQuietOnSuccess(true).WithReplay(9_110UL, 9_113UL));
    }

    [Fact]
    public void A_plain_value_is_not_copied()
    {
        const string Path = "docs/2026/report.v2.pdf";
        var value = RouteValue.Of(Path);
        Assert.True(value == Path.AsSpan(), "The value is a copy of the path.");
    }

    private static async Task<string> ValueAsync(string template, string target)
    {
        var routes = new Routes().Get(template, context => context.Response.WriteTextAsync(context.Request.RouteValues["value"]));
        Func<RequestContext, Task> app = routes.HandleAsync;
        var response = await app.GetAsync(target);
        Assert.Equal(200, response.Status);
        return response.Content;
    }

    /// <summary>Checks that a value joined to a folder stays inside, by the rules of Unix, Windows, and both at once.</summary>
    private static void StaysInside(string value)
    {
        Assert.False(value.StartsWith('/') || value.StartsWith('\\'), $"'{value}' is an absolute path.");
        Assert.DoesNotContain('\0', value);
        var depth = 0;
        foreach (var segment in value.Split('/', '\\'))
        {
            Assert.False(segment.Length > 1 && segment[1] == ':' && char.IsAsciiLetter(segment[0]), $"'{value}' names a drive.");
            // Windows removes trailing dots and spaces from names.
            var isAbove = segment == ".." || (segment.StartsWith("..", StringComparison.Ordinal) && segment.Trim('.', ' ') == "");
            depth += isAbove ? -1 : segment is "" or "." ? 0 : 1;
            Assert.True(depth >= 0, $"'{value}' leads to the folder above.");
        }
    }
}
