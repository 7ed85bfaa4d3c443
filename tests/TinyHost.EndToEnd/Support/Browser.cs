// Owns: loading a page in headless Chromium.

namespace TinyHost.EndToEnd.Support;

/// <summary>Chromium. The test is skipped on a machine without it.</summary>
internal sealed class Browser
{
    private readonly string _chromium = OutsideProgram.Require("chromium", package: "chromium");

    /// <summary>The elements of a page after it and everything it refers to have loaded.</summary>
    /// <param name="url">The page.</param>
    /// <param name="options">Further options of the browser.</param>
    public async Task<string> LoadAsync(string url, params string[] options)
    {
        using var profile = new TemporaryDirectory();
        var (exitCode, output, errors) = await ChildProcess.RunAsync(_chromium,
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", $"--user-data-dir={profile.Path}", .. options, "--dump-dom", url,
        ]);
        Assert.True(exitCode == 0, $"Chromium exited with {exitCode}: {errors}");
        return output;
    }
}
