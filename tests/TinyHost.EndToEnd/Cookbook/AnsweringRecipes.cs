// Owns: that the recipes for answering requests in docs/cookbook.md do what the page says.

using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Cookbook;

public sealed class AnsweringRecipes
{
    [Fact]
    public async Task Serve_files()
    {
        await using var recipe = await Recipe.StartAsync(directory =>
        {
            Directory.CreateDirectory(Path.Combine(directory.Path, "wwwroot"));
            directory.Write("wwwroot/index.html", "<h1>Shop</h1>\n");
            directory.Write("wwwroot/hello.txt", "hello");
            directory.Write("secret.txt", "secret");
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/hello.txt");
        request.Headers.Range = new RangeHeaderValue(1, 2);
        using var part = await recipe.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal("el", await part.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(404, await recipe.GetStatusAsync("/..%2Fsecret.txt"));
        await recipe.RunShownCommandsAsync();
    }

    [Fact]
    public async Task Set_and_read_cookies()
    {
        await using var recipe = await Recipe.StartAsync();
        using var page = await recipe.Http.PostAsync("/theme/dark", null, TestContext.Current.CancellationToken);
        Assert.Equal("theme: dark\n", await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        await recipe.RunShownCommandsAsync();
    }

    [Fact]
    public async Task Answer_errors_as_problem_details()
    {
        await using var recipe = await Recipe.StartAsync();
        foreach (var (path, status) in ((string, int)[])[("/broken", 500), ("/busy", 503), ("/elsewhere", 404)])
        {
            using var answer = await recipe.Http.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Equal(status, JsonDocument.Parse(text).RootElement.GetProperty("status").GetInt32());
            Assert.DoesNotContain("For the log alone.", text, StringComparison.Ordinal);
        }

        await recipe.Process.WaitForOutputAsync("For the log alone.");
        await recipe.RunShownCommandsAsync();
    }

    [Fact]
    public async Task Put_a_request_id_on_every_answer()
    {
        await using var recipe = await Recipe.StartAsync();
        foreach (var path in (string[])["/broken", "/elsewhere"])
        {
            using var answer = await recipe.Http.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal(32, Assert.Single(answer.Headers.GetValues("X-Request-Id")).Length);
        }

        await recipe.RunShownCommandsAsync();
    }

    [Fact]
    public async Task Stream_JSON_lines()
    {
        await using var recipe = await Recipe.StartAsync();
        using var answer = await recipe.Http.GetAsync(
            "/export", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("application/x-ndjson", answer.Content.Headers.ContentType?.MediaType);
        Assert.Null(answer.Content.Headers.ContentLength);
        var lines = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("{\"Id\":1,\"Name\":\"row 1\"}\n{\"Id\":2,", lines, StringComparison.Ordinal);
        Assert.Equal(100_000, lines.Count(character => character == '\n'));
        await recipe.RunShownCommandsAsync();
    }

    [Fact]
    public async Task Use_scoped_services()
    {
        await using var recipe = await Recipe.StartAsync();
        await recipe.RunShownCommandsAsync();
        Assert.Equal("connection 3\n", await recipe.GetAsync("/"));
        await recipe.Process.WaitForOutputAsync("connection 3 closed");
    }
}
