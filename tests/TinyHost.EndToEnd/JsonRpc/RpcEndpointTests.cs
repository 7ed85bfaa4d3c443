// Owns: JSON-RPC over HTTP: status codes, media type, limits, labels.

using System.Net;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.JsonRpc;

public sealed class RpcEndpointTests
{
    private const string Notification = """{"jsonrpc":"2.0","method":"add","params":[1,2]}""";

    [Fact]
    public async Task A_reply_is_JSON_with_status_200_even_if_it_is_an_error()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.JsonRpc);
        string[] messages =
            ["""{"jsonrpc":"2.0","method":"status","id":1}""", "not JSON", """[{"jsonrpc":"2.0","method":"no","id":1}]"""];
        foreach (var message in messages)
        {
            using var response = await daemon.App.PostRpcAsync(message);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("application/json", $"{response.Content.Headers.ContentType}");
            var reply = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Contains("\"jsonrpc\":\"2.0\"", reply, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("204", HttpStatusCode.NoContent)]
    [InlineData("202", HttpStatusCode.Accepted)]
    public async Task A_notification_is_answered_with_the_configured_status_and_no_content(string setting, HttpStatusCode expected)
    {
        await using var daemon = await Daemon.StartAsync(Daemon.JsonRpc, $"--JsonRpc:NoContentStatus={setting}");
        foreach (var message in new[] { Notification, $"[{Notification},{Notification}]" })
        {
            using var response = await daemon.App.PostRpcAsync(message);
            Assert.Equal(expected, response.StatusCode);
            Assert.Equal("", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Null(response.Content.Headers.ContentType);
        }
    }

    [Fact]
    public async Task Only_POST_is_allowed()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.JsonRpc);
        using var response = await daemon.App.GetAsync("/rpc", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["POST", "OPTIONS"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task Messages_and_batches_over_their_limits_are_rejected_and_the_daemon_keeps_serving()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.JsonRpc, "--JsonRpc:MaxMessageSize=2000", "--JsonRpc:MaxBatchSize=2");

        using var tooLong = await daemon.App.PostRpcAsync($"[{new string(' ', 2_000)}]");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLong.StatusCode);

        using var tooMany = await daemon.App.PostRpcAsync($"[{Notification},{Notification},{Notification}]");
        var reply = await tooMany.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("2 calls at most", reply, StringComparison.Ordinal);

        using var tooDeep = await daemon.App.PostRpcAsync(new string('[', 1_999));
        Assert.Contains("-32700", await tooDeep.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        Assert.Contains("\"result\":3", await daemon.App.CallAsync("add", "[1,2]"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_method_name_made_up_by_a_caller_never_becomes_a_label()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.JsonRpc);
        await daemon.App.CallAsync("add", "[1,2]");
        await daemon.App.CallAsync("add", "[1]");
        for (var i = 0; i < 50; i++)
        {
            await daemon.App.CallAsync($"made_up_{i}", "[]");
        }

        using var notJson = await daemon.App.PostRpcAsync("{");

        var scrape = await daemon.ScrapeAsync();
        const string Count = "rpc_server_call_duration_seconds_count";
        Assert.DoesNotContain("made_up", scrape.Text, StringComparison.Ordinal);
        Assert.Equal(4, scrape.Samples(Count).Count);
        Assert.Equal(2, scrape.Sum(Count, "rpc_method=\"add\"", "rpc_system_name=\"jsonrpc\""));
        Assert.Equal(1, scrape.Sum(Count, "rpc_method=\"add\"", "rpc_status_code=\"-32602\"", "error_type=\"-32602\""));
        Assert.Equal(50, scrape.Sum(Count, "rpc_method=\"_OTHER\"", "rpc_status_code=\"-32601\""));
        Assert.Equal(1, scrape.Sum(Count, "rpc_method=\"_OTHER\"", "rpc_status_code=\"-32700\""));
    }
}
