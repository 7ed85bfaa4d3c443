// Owns: pages that use the shop from a browser, and what they report.

using System.Text.Json;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Shop;

/// <summary>
/// A server beside the shop that receives a page's report. Its picture arrives after the report, so that a browser that runs a page until
/// it has loaded waits for the report.
/// </summary>
internal sealed class ShopPages : IAsyncDisposable
{
    private readonly TaskCompletionSource<string> _report = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpServer _server;

    private ShopPages()
    {
        var routes = new Routes()
            .Get("/picture", context => _report.Task.WaitAsync(context.Aborted))
            .Post("/report", async context =>
            {
                var report = await context.Request.Body.ReadAllAsync();
                _report.TrySetResult(System.Text.Encoding.UTF8.GetString(report.Span));
            });
        _server = new HttpServer("http://127.0.0.1:0/", routes);
    }

    public static async Task<ShopPages> StartAsync()
    {
        var pages = new ShopPages();
        await pages._server.StartAsync(TestContext.Current.CancellationToken);
        return pages;
    }

    /// <summary>A page that runs a script and reports what it calls <c>report</c> with, or the error it throws.</summary>
    public string Page(string script) => $$"""
        <!doctype html>
        <meta charset="utf-8">
        <title>Test</title>
        <img src="http://127.0.0.1:{{_server.EndPoints[0].Port}}/picture" alt="">
        <script>
        const lines = [];
        const report = (...values) => lines.push(values.map(value => typeof value === "string" ? value : JSON.stringify(value)).join(" "));
        const name = promise => promise.then(() => "success", error => error.name);
        const frame = (source, use) => new Promise((resolve, reject) => {
            const element = document.createElement("iframe");
            element.onload = () => Promise.resolve(use(element.contentDocument)).then(resolve, reject);
            Object.assign(element, source);
            document.body.append(element);
        });
        (async () => {
            {{script}}
        })().catch(error => report(`${error}`)).then(() => fetch("http://127.0.0.1:{{_server.EndPoints[0].Port}}/report",
            { method: "POST", mode: "no-cors", body: JSON.stringify(lines) }));
        </script>
        """;

    /// <summary>Loads a page and returns its report.</summary>
    public async Task<string[]> RunAsync(string url)
    {
        await new Browser().LoadAsync(url);
        Assert.True(_report.Task.IsCompletedSuccessfully, $"{url} reported nothing.");
        return JsonSerializer.Deserialize<string[]>(await _report.Task)!;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
