// Owns: that every visible ASCII character in a request target reaches the handler from the clients people use.

using System.Net;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class ClientTargetTests
{
    private static readonly char[] s_visible = [.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code)];

    /// <summary>Characters that can stand for themselves in a path. Slash, question mark, number sign and percent cannot.</summary>
    private static readonly char[] s_inPath = [.. s_visible.Except("/?#%")];

    /// <summary>Every visible character except the number sign, which ends a query.</summary>
    private static readonly char[] s_inQuery = [.. s_visible.Except("#")];

    private static readonly string[] s_targets =
    [
        .. s_inPath.Select(character => $"/path/a{character}b"),
        .. s_inQuery.Select(character => $"/query?a{character}b"),
        "/query?ids[]=1&filter={a}&q=100%",
    ];

    [Fact]
    public async Task Targets_sent_by_HttpClient_reach_the_handler()
    {
        await using var server = await TargetRecorder.StartAsync();
        using var client = new HttpClient { Timeout = Deadline.Limit };
        foreach (var target in s_targets)
        {
            using var response = await client.GetAsync(new Uri(server.Origin + target), TestContext.Current.CancellationToken);
            Assert.Equal((target, HttpStatusCode.OK), (target, response.StatusCode));
        }

        // System.Uri treats a backslash as a slash.
        AssertTargets(server.Seen, backslashInPath: '/');
    }

    [Fact]
    public async Task Targets_sent_by_HttpClient_without_encoding_reach_the_handler()
    {
        await using var server = await TargetRecorder.StartAsync();
        using var client = new HttpClient { Timeout = Deadline.Limit };
        foreach (var target in s_targets)
        {
            var unchanged = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
            using var response = await client.GetAsync(new Uri(server.Origin + target, unchanged), TestContext.Current.CancellationToken);
            Assert.Equal((target, HttpStatusCode.OK), (target, response.StatusCode));
        }

        Assert.Equal(s_targets, server.Seen.Select(seen => seen.Target));
        AssertTargets(server.Seen, backslashInPath: '\\');
    }

    [Fact]
    public async Task Targets_sent_by_Chromium_reach_the_handler()
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
                for (const target of {{TargetsAsJson()}}) {
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
        // The URL Standard tells browsers to treat a backslash as a slash.
        AssertTargets(server.Seen, backslashInPath: '/');
    }

    [Fact]
    public async Task Targets_sent_by_fetch_in_Node_reach_the_handler()
    {
        await using var server = await TargetRecorder.StartAsync();
        await RunNodeAsync($$"""
            for (const target of {{TargetsAsJson()}}) {
                const response = await fetch("{{server.Origin}}" + target);
                if (response.status !== 200) throw new Error(`${target}: ${response.status}`);
                await response.text();
            }
            """);
        AssertTargets(server.Seen, backslashInPath: '/');
    }

    [Fact]
    public async Task Targets_sent_by_http_request_in_Node_reach_the_handler()
    {
        await using var server = await TargetRecorder.StartAsync();
        await RunNodeAsync($$"""
            const { request } = await import("node:http");
            for (const target of {{TargetsAsJson()}}) {
                const options = { host: "127.0.0.1", port: {{server.Port}}, path: target };
                const status = await new Promise((resolve, reject) => request(options, response => {
                    response.resume();
                    response.on("end", () => resolve(response.statusCode));
                }).on("error", reject).end());
                if (status !== 200) throw new Error(`${target}: ${status}`);
            }
            """);
        Assert.Equal(s_targets, server.Seen.Select(seen => seen.Target));
        AssertTargets(server.Seen, backslashInPath: '\\');
    }

    [Fact]
    public async Task Targets_sent_by_urllib_in_Python_reach_the_handler()
    {
        var python = OutsideProgram.Require("python3", package: "python3");
        await using var server = await TargetRecorder.StartAsync();
        await RunAsync(python, "-c", $$"""
            import json, urllib.request
            for target in json.loads(r'''{{TargetsAsJson()}}'''):
                urllib.request.urlopen("{{server.Origin}}" + target).read()
            """);
        Assert.Equal(s_targets, server.Seen.Select(seen => seen.Target));
        AssertTargets(server.Seen, backslashInPath: '\\');
    }

    [Fact]
    public async Task Targets_sent_by_curl_without_globbing_reach_the_handler()
    {
        var curl = OutsideProgram.Require("curl", package: "curl");
        await using var server = await TargetRecorder.StartAsync();
        var urls = s_targets.Select(target => server.Origin + target);
        await RunAsync(curl, ["--globoff", "--fail", "--silent", "--show-error", "--noproxy", "*", .. urls]);
        Assert.Equal(s_targets, server.Seen.Select(seen => seen.Target));
        AssertTargets(server.Seen, backslashInPath: '\\');
    }

    /// <summary>Fails unless the handler saw each character that the client meant, however the client encoded it.</summary>
    private static void AssertTargets(IReadOnlyList<SeenTarget> seen, char backslashInPath)
    {
        Assert.Equal(s_targets.Length, seen.Count);
        Assert.Equal(
            s_inPath.Select(character => $"/path/a{(character == '\\' ? backslashInPath : character)}b"),
            seen.Take(s_inPath.Length).Select(target => target.Path));
        Assert.Equal(
            [.. s_inQuery.Select(character => $"a{character}b"), "ids[]=1&filter={a}&q=100%"],
            seen.Skip(s_inPath.Length).Select(target => Uri.UnescapeDataString(target.Query)));
    }

    /// <summary>The targets as an array that is valid in both JavaScript and JSON.</summary>
    private static string TargetsAsJson()
    {
        static string Escape(char character) => char.IsAsciiLetterOrDigit(character) ? $"{character}" : $"\\u{(int)character:x4}";
        return $"[{string.Join(", ", s_targets.Select(target => $"\"{string.Concat(target.Select(Escape))}\""))}]";
    }

    private static Task RunNodeAsync(string script) =>
        RunAsync(OutsideProgram.Require("node", package: "nodejs"), "--input-type=module", "--eval", script);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var (exitCode, _, errors) = await ChildProcess.RunAsync(program, arguments);
        Assert.True(exitCode == 0, $"{program} exited with {exitCode}: {errors}");
    }
}
