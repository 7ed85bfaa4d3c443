// Owns: loading a page in a real browser that shows nothing.
// Does not own: the page.

namespace TinyHost.EndToEnd.Support;

/// <summary>Chromium; the test is skipped on a machine without it.</summary>
internal sealed class Browser
{
    private readonly string _chromium = OutsideProgram.Require("chromium", package: "chromium");

    /// <summary>The page's elements as they are once it and all it refers to has loaded.</summary>
    public async Task<string> LoadAsync(string url)
    {
        using var profile = new TemporaryDirectory();
        var (exitCode, output, errors) = await ChildProcess.RunAsync(_chromium,
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", $"--user-data-dir={profile.Path}", "--dump-dom", url,
        ]);
        Assert.True(exitCode == 0, $"Chromium ended with {exitCode}: {errors}");
        return output;
    }
}
