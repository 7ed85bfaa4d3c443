// Owns: reading docs/metrics.md and locating its folder.

using System.Text.RegularExpressions;

namespace TinyHost.Metrics.Tests.Support;

internal static partial class MetricsPage
{
    internal static string Text => File.ReadAllText(Path.Combine(Directory, "metrics.md"));

    /// <summary>The folder of the page.</summary>
    internal static string Directory
    {
        get
        {
            var directory = AppContext.BaseDirectory;
            while (directory is not null && !File.Exists(Path.Combine(directory, "TinyHost.sln")))
            {
                directory = Path.GetDirectoryName(directory);
            }

            return Path.Combine(directory ?? throw new InvalidOperationException("The tests must run inside the repository."), "docs");
        }
    }

    /// <summary>The settings in the page's table.</summary>
    internal static IEnumerable<string> Settings => Setting().Matches(Text).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"^\| `([A-Z][a-zA-Z]+)(?::<[a-z]+>)?` \| [^|]+ \| [^|]+ \|$", RegexOptions.Multiline)]
    private static partial Regex Setting();
}
