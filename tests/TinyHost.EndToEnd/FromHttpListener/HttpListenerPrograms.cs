// Owns: that the programs in docs/from-httplistener.md run, and answer alike before and after.

using System.Text;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.FromHttpListener;

public sealed class HttpListenerPrograms
{
    [Fact]
    public async Task The_program_before()
    {
        await using var recipe = await StartAsync("The program before", "Listening.");
        await CheckProgramAsync(recipe);
    }

    [Fact]
    public async Task The_program_after()
    {
        await using var recipe = await StartAsync("The program after", "Application started");
        await CheckProgramAsync(recipe);
        Assert.Equal(0, await recipe.Process.TerminateAsync());
    }

    [Fact]
    public async Task The_metrics_before()
    {
        await using var recipe = await StartAsync("The metrics before", "Listening.");
        await CheckMetricsAsync(recipe);
    }

    [Fact]
    public async Task The_metrics_after()
    {
        await using var recipe = await StartAsync("The metrics after", "Application started");
        await CheckMetricsAsync(recipe);
        Assert.Equal(0, await recipe.Process.TerminateAsync());
    }

    private static Task<Recipe> StartAsync(string title, string ready) =>
        Recipe.StartAsync(_ => { }, Recipe.PatientScrapes, page: DocumentedProgram.FromHttpListener, ready: ready, title: title);

    private static async Task CheckProgramAsync(Recipe recipe)
    {
        Assert.Equal("Hello, Bob & Ann!\n", await recipe.GetAsync("/hello?name=Bob%20%26%20Ann"));
        Assert.Equal("Hello, stranger!\n", await recipe.GetAsync("/"));
        Assert.Equal(404, await recipe.GetStatusAsync("/elsewhere"));
        using var content = new StringContent("größe", Encoding.UTF8);
        using var answer = await recipe.Http.PostAsync("/shout", content, TestContext.Current.CancellationToken);
        Assert.Equal("text/plain; charset=utf-8", $"{answer.Content.Headers.ContentType}");
        Assert.Equal("GRÖßE", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        await recipe.RunShownCommandsAsync();
    }

    private static async Task CheckMetricsAsync(Recipe recipe)
    {
        await recipe.RunShownCommandsAsync();
        Assert.Equal("Thank you.\n", await recipe.GetAsync("/orders"));
        var metrics = await recipe.Http.GetStringAsync(
            new Uri($"http://localhost:{recipe.MetricsPort}/metrics"), TestContext.Current.CancellationToken);
        Assert.Contains("\norders_total{currency=\"EUR\"} 2\n", metrics, StringComparison.Ordinal);
    }
}
