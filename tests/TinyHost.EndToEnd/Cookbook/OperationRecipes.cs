// Owns: that the recipes for observing, testing and stopping in docs/cookbook.md do what the page says.

using System.Reflection;
using System.Text;
using System.Threading.Channels;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Cookbook;

public sealed class OperationRecipes
{
    [Fact]
    public async Task Answer_health_checks_by_hand()
    {
        await using var recipe = await Recipe.StartAsync();
        Assert.Equal(503, await recipe.GetStatusAsync("/health"));
        await recipe.RunShownCommandsAsync();
        Assert.Equal(200, await recipe.GetStatusAsync("/health"));
    }

    [Fact]
    public async Task Test_a_handler()
    {
        using var directory = new TemporaryDirectory();
        var program = DocumentedProgram.Find(DocumentedProgram.Cookbook, "Test a handler");
        var assembly = Assembly.Load(await File.ReadAllBytesAsync(
            ProgramCompiler.Compile(program.Code, directory.Path), TestContext.Current.CancellationToken));
        var test = Assert.Single(
            assembly.GetTypes().SelectMany(type => type.GetMethods()), method => method.IsDefined(typeof(FactAttribute)));
        await (Task)test.Invoke(Activator.CreateInstance(test.DeclaringType!), null)!;
    }

    [Fact]
    public async Task Export_traces()
    {
        var exports = Channel.CreateUnbounded<string>();
        await using var collector = new HttpServer("http://127.0.0.1:0/", async context =>
        {
            var content = await context.Request.Body.ReadAllAsync();
            exports.Writer.TryWrite($"{context.Request.Path} {Encoding.Latin1.GetString(content.Span)}");
        });
        await collector.StartAsync(TestContext.Current.CancellationToken);
        await using var recipe = await Recipe.StartAsync(_ => { }, environment: new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{collector.EndPoints[0]}",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        });
        Assert.StartsWith("trace ", await recipe.GetAsync("/orders/7"), StringComparison.Ordinal);
        await recipe.RunShownCommandsAsync();
        Assert.Equal(0, await recipe.Process.TerminateAsync());

        exports.Writer.Complete();
        var sent = string.Concat(await exports.Reader.ReadAllAsync(TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("/v1/traces ", sent, StringComparison.Ordinal);
        Assert.Contains("GET /orders/{id:long}", sent, StringComparison.Ordinal);
        Assert.Contains("load order", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_an_access_log()
    {
        await using var recipe = await Recipe.StartAsync();
        Assert.Equal("Hello.\n", await recipe.GetAsync("/hello"));
        await recipe.RunShownCommandsAsync();
    }

    [Fact]
    public async Task Count_and_measure()
    {
        await using var recipe = await Recipe.StartAsync(_ => { }, Recipe.PatientScrapes);
        await recipe.RunShownCommandsAsync();
        var metrics = await recipe.Http.GetStringAsync(
            new Uri($"http://localhost:{recipe.MetricsPort}/metrics"), TestContext.Current.CancellationToken);
        Assert.Contains("\norders_total{currency=\"EUR\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\norder_items_sum 3\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finish_background_work_before_stopping()
    {
        await using var recipe = await Recipe.StartAsync();
        await recipe.RunShownCommandsAsync();
        foreach (var name in (string[])["bob", "cid", "dan"])
        {
            using var form = new FormUrlEncodedContent([new("to", name)]);
            using var accepted = await recipe.Http.PostAsync("/letters", form, TestContext.Current.CancellationToken);
            Assert.Equal(202, (int)accepted.StatusCode);
        }

        Assert.Equal(0, await recipe.Process.TerminateAsync());
        Assert.Contains("sent to dan", recipe.Process.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_as_a_Windows_service()
    {
        await using var recipe = await Recipe.StartAsync();
        Assert.Equal("Hello.\n", await recipe.GetAsync("/"));
        await recipe.RunShownCommandsAsync();
        Assert.Equal(0, await recipe.Process.TerminateAsync());
    }
}
