// Owns: files, redirects and events as curl and Chromium see them.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class WritingTests
{
    // The picture arrives once the result was posted, so that a browser that prints a page once it has loaded waits for the events.
    private const string Page = """
        <!doctype html>
        <title>Events</title>
        <link rel="stylesheet" href="style.css">
        <p id="result">nothing yet</p>
        <img src="/picture" alt="">
        <script>
        const seen = [];
        const source = new EventSource("/events");
        source.addEventListener("tick", event => {
            seen.push(`${event.lastEventId}: ${event.data}`);
            if (seen.length === 4) {
                source.close();
                document.getElementById("result").textContent = JSON.stringify(seen);
                fetch("/result", { method: "POST" });
            }
        });
        </script>
        """;

    [Fact]
    public async Task Curl_reads_parts_conditions_and_folders()
    {
        var curl = OutsideProgram.Require("curl", package: "curl");
        using var folder = new TemporaryDirectory();
        var file = folder.Write("digits.txt", "0123456789");
        folder.Write("index.html", "index");
        await using var server = await StartAsync(new Pipeline().MapFiles("/assets", folder.Path).Run(_ => Task.CompletedTask));
        var url = $"http://127.0.0.1:{server.EndPoints[0].Port}/assets";

        Assert.Equal("234 206", await RunAsync("--range", "2-4", $"{url}/digits.txt"));
        Assert.Equal("56789 206", await RunAsync("--range", "-5", $"{url}/digits.txt"));
        Assert.Equal("789 206", await RunAsync("--continue-at", "7", $"{url}/digits.txt"));
        Assert.Equal("0123456789 200", await RunAsync("--range", "0-1,3-4", $"{url}/digits.txt"));
        Assert.Equal("416 Range Not Satisfiable\n 416", await RunAsync("--range", "10-", $"{url}/digits.txt"));
        Assert.Equal(" 304", await RunAsync("--time-cond", file, $"{url}/digits.txt"));
        Assert.Equal("0123456789 200", await RunAsync("--time-cond", "1 Jan 2020", $"{url}/digits.txt"));
        Assert.Equal("index 200", await RunAsync("--location", url));
        Assert.Contains("Content-Length: 10\n", await RunAsync("--head", $"{url}/digits.txt"), StringComparison.Ordinal);
        var saved = Path.Combine(folder.Path, "tag");
        Assert.Equal("0123456789 200", await RunAsync("--etag-save", saved, $"{url}/digits.txt"));
        Assert.Equal(" 304", await RunAsync("--etag-compare", saved, $"{url}/digits.txt"));

        async Task<string> RunAsync(params string[] arguments)
        {
            var (exitCode, output, errors) =
                await ChildProcess.RunAsync(curl, ["--silent", "--show-error", "--write-out", " %{http_code}", .. arguments]);
            Assert.True(exitCode == 0, errors);
            return output;
        }
    }

    [Fact]
    public async Task Chromium_reads_events_and_reconnects_with_the_last_id()
    {
        var browser = new Browser();
        using var folder = new TemporaryDirectory();
        folder.Write("index.html", Page);
        folder.Write("style.css", "p { color: green }");
        var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var routes = new Routes()
            .Get("/events", context => context.Response.WriteEventsAsync(Ticks(context.Request.Fields["Last-Event-ID"])))
            .Get("/picture", context => finished.Task.WaitAsync(context.Aborted))
            .Post("/result", _ =>
            {
                finished.TrySetResult();
                return Task.CompletedTask;
            })
            .Get("/{*path}", Files.From(folder.Path));
        await using var server = await StartAsync(routes);

        var page = await browser.LoadAsync($"http://127.0.0.1:{server.EndPoints[0].Port}/");

        Assert.Contains("""["1: one\nline","2: tick 2","3: tick 3","4: tick 4"]""", page, StringComparison.Ordinal);
    }

    // Two events for each connection.
    private static async IAsyncEnumerable<ServerSentEvent> Ticks(string? lastId)
    {
        await Task.Yield();
        var first = lastId is null ? 1 : int.Parse(lastId, System.Globalization.CultureInfo.InvariantCulture) + 1;
        for (var number = first; number < first + 2; number++)
        {
            yield return new ServerSentEvent(number == 1 ? "one\nline" : $"tick {number}")
            {
                Id = $"{number}",
                EventType = "tick",
                Retry = TimeSpan.FromMilliseconds(1),
            };
        }
    }

    private static async Task<HttpServer> StartAsync(Func<RequestContext, Task> app)
    {
        var server = new HttpServer("http://127.0.0.1:0/", app);
        await server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }
}
