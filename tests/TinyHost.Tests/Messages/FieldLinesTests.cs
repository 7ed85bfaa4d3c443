// Owns: reading several field lines of one name.
// Does not own: the lines' grammar (the corpus).

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class FieldLinesTests
{
    // RFC 6265 §4.2.1: cookies stand behind semicolons; with a comma between them, two would be one.
    [Theory]
    [InlineData("Cookie", "a=1; b=2; c=3")]
    [InlineData("cookie", "a=1; b=2; c=3")]
    [InlineData("X-Cookie", "a=1; b=2, c=3")]
    public async Task Lines_of_one_name_are_joined_as_the_field_wants_it(string name, string expected)
    {
        Func<RequestContext, Task> app = context => context.Response.WriteTextAsync(context.Request.Fields[name]!);
        Assert.Equal(expected, (await app.GetAsync("/", $"{name}: a=1; b=2", $"{name}: c=3")).Content);
    }
}
