// Owns: that the recipes for guards in docs/cookbook.md do what the page says.

using System.Net;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Cookbook;

public sealed class GuardRecipes
{
    [Fact]
    public async Task Let_pages_of_another_origin_call()
    {
        await using var recipe = await Recipe.StartAsync();
        foreach (var path in (string[])["/prices", "/elsewhere"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("Origin", "https://shop.example");
            using var answer = await recipe.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal("https://shop.example", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        }

        await recipe.RunShownCommandsAsync();
    }

    [Fact]
    public async Task Limit_the_time_of_requests()
    {
        await using var recipe = await Recipe.StartAsync();
        Assert.Equal(504, await recipe.GetStatusAsync("/report"));
        await recipe.RunShownCommandsAsync();
    }

    [Fact]
    public async Task Limit_the_rate_of_requests()
    {
        await using var recipe = await Recipe.StartAsync();
        await recipe.RunShownCommandsAsync();
        Assert.Equal(429, await recipe.GetStatusAsync("/"));
    }

    [Fact]
    public async Task Ask_for_a_password_on_one_path()
    {
        await using var recipe = await Recipe.StartAsync(
            _ => { }, environment: new Dictionary<string, string> { ["AdminHash"] = PasswordHash.Create("secret") });
        Assert.Equal("open\n", await recipe.GetAsync("/"));
        Assert.Equal(401, await recipe.GetStatusAsync("/admin"));
        await recipe.RunShownCommandsAsync();
    }

    [Fact]
    public async Task Run_behind_a_proxy()
    {
        await using var recipe = await Recipe.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("X-Forwarded-For", "203.0.113.9, 192.0.2.7");
        using var answer = await recipe.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(
            $"192.0.2.7 asks for http://localhost:{recipe.Port}/\n",
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        await recipe.RunShownCommandsAsync();
    }
}
