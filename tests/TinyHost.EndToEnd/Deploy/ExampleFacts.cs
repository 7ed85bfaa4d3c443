// Owns: what the JSON-RPC example says of itself, for comparison with the files of deploy/.

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Deploy;

internal static partial class ExampleFacts
{
    /// <summary>The ports of the application, in appsettings.json, and of the metrics, as the running example reports it.</summary>
    public static async Task<(int App, int Metrics)> PortsAsync()
    {
        var text = await File.ReadAllTextAsync(
            Repository.File($"{Daemon.JsonRpc}/appsettings.json"), TestContext.Current.CancellationToken);
        using var settings = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        var prefix = Assert.Single(settings.RootElement.GetProperty("TinyHost").GetProperty("Prefixes").EnumerateArray()).GetString()!;

        // The example reports the port before it binds it, so it may be in use.
        await using var example = Daemon.Launch(
            Daemon.JsonRpc, environment: null, $"--TinyHost:Prefixes:0=http://127.0.0.1:{FreePort.Next()}/");
        var added = await example.WaitForOutputAsync("No prefix listens on port ");
        return (Number(Port().Match(prefix)), Number(Port().Match(added)));
    }

    private static int Number(Match match) => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"https?://[^/]+:(\d+)/")]
    private static partial Regex Port();
}
