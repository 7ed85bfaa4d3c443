// Owns: a WebSocket conversation with a real browser.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Hardening;

public sealed class BrowserWebSocketTests
{
    [Fact]
    public async Task Text_and_binary_messages_of_every_size_are_echoed_unchanged()
    {
        var browser = new Browser();
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);

        var page = await browser.LoadAsync($"http://127.0.0.1:{daemon.AppPort}/websocket");

        Assert.Contains("<p id=\"result\">14 of 14 messages, then 1000 bye, clean: true</p>", page, StringComparison.Ordinal);
        var scrape = await daemon.ScrapeAsync();
        Assert.Equal(1, scrape.Sum("tinyhost_connection_duration_seconds_count", "reason=\"upgrade_ended\""));
        Assert.Equal(1, scrape.Sum("http_server_request_duration_seconds_count", "http_response_status_code=\"101\""));
    }
}
