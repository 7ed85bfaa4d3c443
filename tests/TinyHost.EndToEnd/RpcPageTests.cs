// Owns: the page for trying JSON-RPC methods, on the example's metrics port, as Chromium shows it.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class RpcPageTests
{
    private const string Click = "document.getElementById('send').click()";
    private const string Reply = "document.getElementById('reply').textContent";

    [Fact]
    public async Task A_person_lists_methods_and_calls_them()
    {
        await using var tab = await BrowserTab.StartAsync();
        await using var daemon = await Daemon.StartAsync(Daemon.JsonRpc, "--JsonRpc:TryItPage=true");
        await tab.OpenAsync($"http://127.0.0.1:{daemon.MetricsPort}/rpc");
        await tab.WaitForAsync("document.getElementById('method').options.length", "5");
        Assert.Equal(
            "add,subtract,sum,echo,status",
            await tab.EvaluateAsync("[...document.getElementById('method').options].map(option => option.value)"));

        await SelectAsync(tab, "subtract");
        Assert.Contains("minuend", await tab.EvaluateAsync("document.getElementById('about').textContent"), StringComparison.Ordinal);
        // The page proposes params.
        Assert.Contains("\"subtrahend\": ", await tab.EvaluateAsync("document.getElementById('params').value"), StringComparison.Ordinal);
        await CallAsync(tab, """{"minuend": 44, "subtrahend": 2}""");
        Assert.Contains("200, ", await tab.WaitForAsync(Reply, "\"result\": 42"), StringComparison.Ordinal);
        Assert.Equal("", await tab.EvaluateAsync("document.getElementById('reply').className"));
        Assert.Contains(
            $"curl -H 'Content-Type: application/json' -d '{{\"jsonrpc\":\"2.0\",\"method\":\"subtract\",",
            await tab.EvaluateAsync("document.getElementById('request').textContent"),
            StringComparison.Ordinal);

        await CallAsync(tab, """["ä", 2]""");
        Assert.Contains("minuend", await tab.WaitForAsync(Reply, "-32602"), StringComparison.Ordinal);
        Assert.Equal("error", await tab.EvaluateAsync("document.getElementById('reply').className"));
        await CallAsync(tab, "[1,");
        await tab.WaitForAsync(Reply, "-32700");

        await SelectAsync(tab, "echo");
        await CallAsync(tab, """["<img src=x onerror=alert(1)>"]""");
        await tab.WaitForAsync(Reply, "<img src=x onerror=alert(1)>");
        Assert.Equal("0", await tab.EvaluateAsync("document.images.length"));

        // Its style applies, and nothing was refused.
        Assert.Equal("1", await tab.EvaluateAsync("document.styleSheets.length"));
        Assert.Empty(tab.Console);
    }

    [Fact]
    public async Task The_page_runs_no_other_script_and_loads_nothing()
    {
        await using var tab = await BrowserTab.StartAsync();
        await using var daemon = await Daemon.StartAsync(Daemon.JsonRpc, "--JsonRpc:TryItPage=true");
        await tab.OpenAsync($"http://127.0.0.1:{daemon.MetricsPort}/rpc");
        await tab.WaitForAsync("document.getElementById('method').options.length", "5");
        await tab.EvaluateAsync(
            "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = true' }))");
        Assert.Equal("undefined", await tab.EvaluateAsync("window.ran"));
        await Deadline.UntilAsync(
            "a violation in the console",
            async () =>
            {
                await tab.EvaluateAsync("0");
                return string.Concat(tab.Console);
            },
            console => console.Contains("Content Security Policy", StringComparison.Ordinal));
    }

    private static Task<string> SelectAsync(BrowserTab tab, string method) => tab.EvaluateAsync(
        $"(list => {{ list.value = '{method}'; list.dispatchEvent(new Event('change')); }})(document.getElementById('method'))");

    private static Task<string> CallAsync(BrowserTab tab, string parameters) => tab.EvaluateAsync(
        $"(document.getElementById('reply').textContent = '', document.getElementById('params').value = '{parameters}', {Click})");
}
