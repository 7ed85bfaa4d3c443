// Owns: tests of JSON by JsonSerializerOptions.

using System.Text.Json;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class JsonOptionsTests
{
    internal sealed record Point(int PosX, string? Name);

    [Fact]
    public async Task Without_options_names_are_in_camel_case_and_read_without_case()
    {
        Func<RequestContext, Task> app = async context =>
            await context.Response.WriteJsonAsync(await context.Request.ReadJsonAsync<Point>());
        var response = await app.SendAsync("POST", "/", """{ "POSX": "1", "name": null }""");
        Assert.Equal(
            (200, "application/json", """{"posX":1,"name":null}"""), (response.Status, response.Field("Content-Type"), response.Content));
    }

    [Fact]
    public async Task Options_of_the_handler_apply()
    {
        var options = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
        Func<RequestContext, Task> app = async context =>
            await context.Response.WriteJsonAsync(await context.Request.ReadJsonAsync<Point>(options), options);
        Assert.Equal("""{"pos_x":1,"name":"a"}""", (await app.SendAsync("POST", "/", """{"pos_x":1,"name":"a"}""")).Content);
    }

    [Fact]
    public async Task An_anonymous_type_can_be_written()
    {
        Func<RequestContext, Task> app = context => context.Response.WriteJsonAsync(new { A = 1, B = new[] { "x" } });
        Assert.Equal("""{"a":1,"b":["x"]}""", (await app.GetAsync("/")).Content);
    }

    [Theory]
    [InlineData("{", "Content-Type: application/json", 400)]
    [InlineData("""{"posX":"x"}""", "Content-Type: application/json", 400)]
    [InlineData("", "Content-Type: application/json", 400)]
    [InlineData("{}", "Content-Type: text/json", 415)]
    [InlineData("""{"posX":1,"name":"0123456789"}""", "Content-Type: application/json", 413)]
    public async Task Wrong_content_is_refused(string content, string line, int status)
    {
        Func<RequestContext, Task> app = async context => await context.Request.ReadJsonAsync<Point>(maxLength: 20);
        Assert.Equal(status, (await app.SendAsync("POST", "/", content, line)).Status);
    }

    [Fact]
    public async Task The_answer_to_another_media_type_names_the_right_one()
    {
        Func<RequestContext, Task> app = async context => await context.Request.ReadJsonAsync<Point>();
        Assert.Equal(
            "415 Unsupported Media Type: unsupported media type: the media type must be application/json\n",
            (await app.SendAsync("POST", "/", "{}", "Content-Type: text/plain")).Content);
    }
}
