// Owns: Debian's Chromium, driven by Playwright, and what it reports about a page.

using System.Collections.Concurrent;
using Microsoft.Playwright;
using TinyHost.EndToEnd.Support;

namespace TinyHost.Dashboard.Tests.Support;

/// <summary>One browser for all tests of a class. Its tests are skipped on a machine without it.</summary>
public sealed class Chromium : IAsyncDisposable
{
    // A busy machine takes its time.
    private const float Patience = 120_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>A page of a new profile, and what it reports: messages of the console, errors, and requests that failed.</summary>
    internal async Task<(IPage Page, IReadOnlyCollection<string> Reports)> OpenAsync(
        string url, Action<BrowserNewContextOptions>? configure = null)
    {
        _browser ??= await StartAsync();
        var options = new BrowserNewContextOptions { IgnoreHTTPSErrors = true };
        configure?.Invoke(options);
        var context = await _browser.NewContextAsync(options);
        context.SetDefaultTimeout(Patience);
        await context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var page = await context.NewPageAsync();
        var reports = new ConcurrentQueue<string>();
        page.Console += (_, message) => reports.Enqueue($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => reports.Enqueue($"error: {error}");
        page.RequestFailed += (_, request) => reports.Enqueue($"failed: {request.Url}: {request.Failure}");
        await page.GotoAsync(url);
        return (page, reports);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    private async Task<IBrowser> StartAsync()
    {
        var path = OutsideProgram.Require("chromium", package: "chromium");
        Assertions.SetDefaultExpectTimeout(Patience);
        _playwright = await Playwright.CreateAsync();
        return await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = path,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic"],
            Timeout = Patience,
        });
    }
}
