// Owns: that every visible ASCII character reaches a handler from the clients people use, each of which encodes others of them.
// Does not own: the grammar of targets (the corpus of TinyHost.Tests).

using System.Net;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class ClientTargetTests
{
    private static readonly char[] s_visible = [.. Enumerable.Range('!', '~' - '!' + 1).Select(octet => (char)octet)];

    /// <summary>Those that mean themselves in a path: a slash, a question mark, a number sign and a percent sign have to be encoded by any client.</summary>
    private static readonly char[] s_inPath = [.. s_visible.Except("/?#%")];

    /// <summary>All but the sign that ends a query.</summary>
    private static readonly char[] s_inQuery = [.. s_visible.Except("#")];

    private static readonly string[] s_targets =
    [
        .. s_inPath.Select(character => $"/path/a{character}b"),
        .. s_inQuery.Select(character => $"/query?a{character}b"),
        "/query?ids[]=1&filter={a}&q=100%",
    ];

    [Fact]
    public async Task HttpClient_is_understood()
    {
        await using var server = await TargetRecorder.StartAsync();
        using var client = new HttpClient { Timeout = Deadline.Limit };
        foreach (var target in s_targets)
        {
            using var response = await client.GetAsync(new Uri(server.Origin + target), TestContext.Current.CancellationToken);
            Assert.Equal((target, HttpStatusCode.OK), (target, response.StatusCode));
        }

        // System.Uri takes a backslash for a slash.
        Judge(server.Seen, backslashInPath: '/');
    }

    [Fact]
    public async Task HttpClient_that_encodes_nothing_is_understood()
    {
        await using var server = await TargetRecorder.StartAsync();
        using var client = new HttpClient { Timeout = Deadline.Limit };
        foreach (var target in s_targets)
        {
            var asWritten = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
            using var response = await client.GetAsync(new Uri(server.Origin + target, asWritten), TestContext.Current.CancellationToken);
            Assert.Equal((target, HttpStatusCode.OK), (target, response.StatusCode));
        }

        Assert.Equal(s_targets, server.Seen.Select(seen => seen.Target));
        Judge(server.Seen, backslashInPath: '\\');
    }

    [Fact]
    public async Task Chromium_is_understood()
    {
        var browser = new Browser();
        await using var server = await TargetRecorder.StartAsync($$"""
            <!doctype html>
            <title>Targets</title>
            <p id="result">nothing yet</p>
            <img src="/wait" alt="">
            <script>
            (async () => {
                const refused = [];
                for (const target of {{Script()}}) {
                    const status = await fetch(target).then(response => response.status, error => error);
                    if (status !== 200) refused.push(`${target}: ${status}`);
                }
                document.getElementById("result").textContent = `refused: ${refused.length} ${refused}`;
                await fetch("/done");
            })();
            </script>
            """);

        var page = await browser.LoadAsync($"{server.Origin}/page");

        Assert.Contains("<p id=\"result\">refused: 0 </p>", page, StringComparison.Ordinal);
        // As a browser should (URL Standard).
        Judge(server.Seen, backslashInPath: '/');
    }

    [Fact]
    public async Task Nodes_fetch_is_understood()
    {
        await using var server = await TargetRecorder.StartAsync();
        await RunNodeAsync($$"""
            for (const target of {{Script()}}) {
                const response = await fetch("{{server.Origin}}" + target);
                if (response.status !== 200) throw new Error(`${target}: ${response.status}`);
                await response.text();
            }
            """);
        Judge(server.Seen, backslashInPath: '/');
    }

    [Fact]
    public async Task Nodes_http_request_is_understood()
    {
        await using var server = await TargetRecorder.StartAsync();
        await RunNodeAsync($$"""
            const { request } = await import("node:http");
            for (const target of {{Script()}}) {
                const status = await new Promise((resolve, reject) => request({ host: "127.0.0.1", port: {{server.Port}}, path: target }, response => {
                    response.resume();
                    response.on("end", () => resolve(response.statusCode));
                }).on("error", reject).end());
                if (status !== 200) throw new Error(`${target}: ${status}`);
            }
            """);
        Assert.Equal(s_targets, server.Seen.Select(seen => seen.Target));
        Judge(server.Seen, backslashInPath: '\\');
    }

    [Fact]
    public async Task Pythons_urllib_is_understood()
    {
        var python = OutsideProgram.Require("python3", package: "python3");
        await using var server = await TargetRecorder.StartAsync();
        await RunAsync(python, "-c", $$"""
            import json, urllib.request
            for target in json.loads(r'''{{Script()}}'''):
                urllib.request.urlopen("{{server.Origin}}" + target).read()
            """);
        Assert.Equal(s_targets, server.Seen.Select(seen => seen.Target));
        Judge(server.Seen, backslashInPath: '\\');
    }

    [Fact]
    public async Task Curl_without_globbing_is_understood()
    {
        var curl = OutsideProgram.Require("curl", package: "curl");
        await using var server = await TargetRecorder.StartAsync();
        await RunAsync(curl, ["--globoff", "--fail", "--silent", "--show-error", "--noproxy", "*", .. s_targets.Select(target => server.Origin + target)]);
        Assert.Equal(s_targets, server.Seen.Select(seen => seen.Target));
        Judge(server.Seen, backslashInPath: '\\');
    }

    /// <summary>However a client wrote a character, the handler must have seen what the client meant.</summary>
    private static void Judge(IReadOnlyList<SeenTarget> seen, char backslashInPath)
    {
        Assert.Equal(s_targets.Length, seen.Count);
        Assert.Equal(
            s_inPath.Select(character => $"/path/a{(character == '\\' ? backslashInPath : character)}b"),
            seen.Take(s_inPath.Length).Select(target => target.Path));
        Assert.Equal(
            [.. s_inQuery.Select(character => $"a{character}b"), "ids[]=1&filter={a}&q=100%"],
            seen.Skip(s_inPath.Length).Select(target => Uri.UnescapeDataString(target.Query)));
    }

    /// <summary>The targets as an array, in JavaScript and JSON alike.</summary>
    private static string Script() =>
        $"[{string.Join(", ", s_targets.Select(target => $"\"{string.Concat(target.Select(character => char.IsAsciiLetterOrDigit(character) ? $"{character}" : $"\\u{(int)character:x4}"))}\""))}]";

    private static Task RunNodeAsync(string script) =>
        RunAsync(OutsideProgram.Require("node", package: "nodejs"), "--input-type=module", "--eval", script);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var (exitCode, _, errors) = await ChildProcess.RunAsync(program, arguments);
        Assert.True(exitCode == 0, $"{program} ended with {exitCode}: {errors}");
    }
}
