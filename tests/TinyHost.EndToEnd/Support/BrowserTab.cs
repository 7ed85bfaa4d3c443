// Owns: a page in headless Chromium that a test works with: scripts in it, and what its console says.
// Source: Chrome DevTools Protocol, https://chromedevtools.github.io/devtools-protocol/.

using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TinyHost.EndToEnd.Support;

/// <summary>A tab of Chromium. The test is skipped on a machine without it.</summary>
internal sealed class BrowserTab : IAsyncDisposable
{
    private readonly ChildProcess _chromium;
    private readonly TemporaryDirectory _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentQueue<string> _console = new();
    private string? _session;
    private int _lastId;

    private BrowserTab(ChildProcess chromium, TemporaryDirectory profile) => (_chromium, _profile) = (chromium, profile);

    /// <summary>What the console says: messages of scripts, exceptions, failed loads, violations of Content-Security-Policy.</summary>
    public IReadOnlyCollection<string> Console => _console;

    /// <summary>Starts Chromium with an empty tab.</summary>
    public static async Task<BrowserTab> StartAsync()
    {
        var program = OutsideProgram.Require("chromium", package: "chromium");
        var profile = new TemporaryDirectory();
        var chromium = ChildProcess.Start(program,
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", $"--user-data-dir={profile.Path}", "--remote-debugging-port=0", "about:blank",
        ]);
        var tab = new BrowserTab(chromium, profile);
        try
        {
            var line = await chromium.WaitForErrorAsync("DevTools listening on ");
            await tab._socket.ConnectAsync(
                new Uri(line[line.IndexOf("ws://", StringComparison.Ordinal)..]), TestContext.Current.CancellationToken);
            var target = await tab.SendAsync("Target.createTarget", new() { ["url"] = "about:blank" });
            var session = await tab.SendAsync(
                "Target.attachToTarget", new() { ["targetId"] = (string)target["targetId"]!, ["flatten"] = true });
            tab._session = (string)session["sessionId"]!;
            await tab.SendAsync("Runtime.enable", []);
            await tab.SendAsync("Log.enable", []);
            await tab.SendAsync("Page.enable", []);
            return tab;
        }
        catch
        {
            await tab.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a page, and waits until it has loaded.</summary>
    public async Task OpenAsync(string url)
    {
        var answer = await SendAsync("Page.navigate", new() { ["url"] = url });
        Assert.Null(answer["errorText"]);
        await WaitForAsync("`${document.readyState} ${location.href}`", $"complete {url}");
    }

    /// <summary>The value of an expression in the page.</summary>
    public async Task<string> EvaluateAsync(string expression)
    {
        var answer = await SendAsync(
            "Runtime.evaluate", new() { ["expression"] = $"String({expression})", ["returnByValue"] = true, ["userGesture"] = true });
        Assert.Null(answer["exceptionDetails"]);
        return (string)answer["result"]!["value"]!;
    }

    /// <summary>Waits until an expression in the page has a value that contains the text, and returns it.</summary>
    public Task<string> WaitForAsync(string expression, string text) => Deadline.UntilAsync(
        $"'{text}' in {expression}",
        () => EvaluateAsync(expression),
        value => value.Contains(text, StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _chromium.DisposeAsync();
        _profile.Dispose();
    }

    private async Task<JsonObject> SendAsync(string method, JsonObject parameters)
    {
        using var deadline = Deadline.Start();
        var message = new JsonObject { ["id"] = ++_lastId, ["method"] = method, ["params"] = parameters };
        if (_session is not null)
        {
            message["sessionId"] = _session;
        }

        await _socket.SendAsync(
            JsonSerializer.SerializeToUtf8Bytes<JsonNode>(message), WebSocketMessageType.Text, endOfMessage: true, deadline.Token);
        while (true)
        {
            var received = await ReceiveAsync(deadline.Token);
            if ((int?)received["id"] == _lastId)
            {
                Assert.True(received["error"] is null, $"Chromium refused {method}: {received}");
                return (JsonObject)received["result"]!;
            }

            if ((string?)received["method"] is "Log.entryAdded" or "Runtime.consoleAPICalled" or "Runtime.exceptionThrown")
            {
                _console.Enqueue(received["params"]!.ToJsonString());
            }
        }
    }

    private async Task<JsonNode> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        var buffer = new byte[16_384];
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer, cancellationToken);
            content.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return JsonNode.Parse(content.ToArray())!;
            }
        }
    }
}
