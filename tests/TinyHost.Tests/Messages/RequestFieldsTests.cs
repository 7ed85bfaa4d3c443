// Owns: tests of RequestFields: reading several lines of one name.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class RequestFieldsTests
{
    // RFC 6265 §4.2.1: cookies are separated by semicolons; with a comma between them, two would be one.
    [Theory]
    [InlineData("Cookie", "a=1; b=2; c=3")]
    [InlineData("cookie", "a=1; b=2; c=3")]
    [InlineData("X-Cookie", "a=1; b=2, c=3")]
    [InlineData("Set-Cookie", "a=1; b=2")]
    public async Task Lines_of_one_name_are_joined_as_the_field_requires(string name, string expected)
    {
        Func<RequestContext, Task> app = context => context.Response.WriteTextAsync(context.Request.Fields[name]!);
        Assert.Equal(expected, (await app.GetAsync("/", $"{name}: a=1; b=2", $"{name}: c=3")).Content);
    }

    [Fact]
    public async Task GetLines_returns_each_line()
    {
        Func<RequestContext, Task> app = context => context.Response.WriteTextAsync(
            $"{string.Join('|', context.Request.Fields.GetLines("x"))} {context.Request.Fields.GetLines("Y").Count}");
        Assert.Equal("a, b|c 0", (await app.GetAsync("/", "X: a, b", "Z: d", "X: c")).Content);
    }

    [Fact]
    public async Task Joining_many_lines_costs_no_more_than_a_few_times_their_length()
    {
        var allocated = 0L;
        Func<RequestContext, Task> app = context =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var value = context.Request.Fields["X"];
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            return context.Response.WriteTextAsync($"{value!.Length}");
        };
        var lines = Enumerable.Repeat("X: " + new string('a', 300), 90).ToArray();
        Assert.Equal($"{(90 * 302) - 2}", (await app.GetAsync("/", lines)).Content);
        Assert.InRange(allocated, 1, 90 * 302 * 6);
    }
}
