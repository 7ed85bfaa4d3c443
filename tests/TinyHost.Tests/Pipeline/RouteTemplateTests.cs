// Owns: tests of RouteTemplate.

namespace TinyHost.Tests;

public sealed class RouteTemplateTests
{
    [Theory]
    [InlineData("/", "Literal:")]
    [InlineData("/hello", "Literal:hello")]
    [InlineData("/hello/", "Literal:hello Literal:")]
    [InlineData("/users/{id}", "Literal:users Parameter:id")]
    [InlineData("/{a}/x/{b_2}", "Parameter:a Literal:x Parameter:b_2")]
    [InlineData("/files/{*path}", "Literal:files Rest:path")]
    public void Parse_reads_segments(string template, string expected) =>
        Assert.Equal(
            expected, string.Join(' ', RouteTemplateParser.Parse(template).Segments.Select(segment => $"{segment.Kind}:{segment.Text}")));

    [Theory]
    [InlineData("", "it must begin with a slash, such as /users/{id}")]
    [InlineData("users", "it must begin with a slash, such as /users/{id}")]
    [InlineData("/a?b", "it describes the path alone, without query or fragment")]
    [InlineData("/a#b", "it describes the path alone, without query or fragment")]
    [InlineData("/a//b", "it has an empty segment between two slashes")]
    [InlineData("//", "it has an empty segment between two slashes")]
    [InlineData("/a{b}", "a parameter takes a whole segment, such as {id}, unlike 'a{b}'")]
    [InlineData("/{b", "a parameter takes a whole segment, such as {id}, unlike '{b'")]
    [InlineData("/b}", "a parameter takes a whole segment, such as {id}, unlike 'b}'")]
    [InlineData("/{", "a parameter takes a whole segment, such as {id}, unlike '{'")]
    [InlineData("/{}", "a parameter name is made of letters, digits and underscores, unlike '{}'")]
    [InlineData("/{*}", "a parameter name is made of letters, digits and underscores, unlike '{*}'")]
    [InlineData("/{a}{b}", "a parameter name is made of letters, digits and underscores, unlike '{a}{b}'")]
    [InlineData("/{:int}", "a parameter name is made of letters, digits and underscores, unlike '{:int}'")]
    [InlineData("/{id?}", "a parameter cannot be optional: add a second route without '{id?}'")]
    [InlineData("/a/{id:int?}/b", "a parameter cannot be optional: add a second route without '{id:int?}'")]
    [InlineData("/{**path}", "the rest of the path is written with one asterisk, such as {*path}, unlike '{**path}'")]
    [InlineData("/{*a:int}", "a parameter name is made of letters, digits and underscores, unlike '{*a:int}'")]
    [InlineData("/{id:}", "'' in '{id:}' is not a constraint; there are int, long, guid, alpha")]
    [InlineData("/{id:Int}", "'Int' in '{id:Int}' is not a constraint; there are int, long, guid, alpha")]
    [InlineData("/{id:int:long}", "'int:long' in '{id:int:long}' is not a constraint; there are int, long, guid, alpha")]
    [InlineData("/{a:int}/{a}", "it names the parameter 'a' twice")]
    [InlineData("/{*a}/b", "nothing may follow '{*a}', which takes all the rest of the path")]
    [InlineData("/{a}/{a}", "it names the parameter 'a' twice")]
    [InlineData("/{a}/{*a}", "it names the parameter 'a' twice")]
    public void Parse_reports_the_error_in_the_template(string template, string why)
    {
        var exception = Assert.Throws<ArgumentException>(nameof(template), () => RouteTemplateParser.Parse(template));
        Assert.StartsWith($"Not a route template: '{template}': {why}.", exception.Message);
    }

    [Theory]
    [InlineData("/users/{id}", "/users/17", "id=17")]
    [InlineData("/{a}/x/{b}", "/1/x/2", "a=1 b=2")]
    [InlineData("/{a}/", "/1/", "a=1")]
    [InlineData("/{a:long}/x", "/17/x", "a=17")]
    [InlineData("/{a}", "/x%2Fy", "a=x%2Fy")]
    [InlineData("/{a}", "/x%2Fy%FF%252F", "a=x%2Fy%FF%2F")]
    [InlineData("/f/{*path}", "/f/a/b", "path=a/b")]
    [InlineData("/f/{*path}", "/f/a%2Fb/", "path=a%2Fb/")]
    [InlineData("/f/{*path}", "/f/", "path=")]
    [InlineData("/hello", "/hello", "")]
    public void ReadValues_returns_the_route_values(string template, string path, string expected)
    {
        var parsed = RouteTemplateParser.Parse(template);
        var values = new RouteValues();
        parsed.ReadValues(path, values);
        var names = parsed.Segments.Where(segment => segment.Kind != TemplateSegmentKind.Literal).Select(segment => segment.Text);
        Assert.Equal(expected, string.Join(' ', names.Select(name => $"{name}={values[name]}")));
    }
}
