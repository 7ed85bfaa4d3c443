// Owns: the proof that docs/architecture.md's reading path lists the files that a plain GET runs through, with their lines.

using System.Globalization;
using System.Text.RegularExpressions;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed partial class MainPathTests
{
    private static readonly string s_page = File.ReadAllText(Repository.File("docs/architecture.md"));

    [Fact]
    public async Task The_reading_path_lists_every_file_that_a_GET_runs_through()
    {
        var program = Repository.BuiltFile("tests/TinyHost.MainPath", "TinyHost.MainPath.dll");
        // Without call counting the runtime compiles no method a second time.
        var (exitCode, output, errors) = await ChildProcess.RunAsync(
            "dotnet", [program, $"{FreePort.Next()}"], environment: new Dictionary<string, string> { ["DOTNET_TC_CallCounting"] = "0" });
        Assert.True(exitCode == 0, errors);
        Assert.Equal(
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal),
            ListedFiles().Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_reading_path_gives_the_lines_of_each_file_and_in_all()
    {
        var listed = ListedFiles();
        var actual = listed.Keys.ToDictionary(file => file, file => File.ReadAllLines(Repository.File(file)).Length);
        Assert.Equal(actual, listed);
        var total = Total().Match(s_page);
        Assert.Equal((actual.Count, actual.Values.Sum()), (Number(total.Groups["files"]), Number(total.Groups["lines"])));
    }

    private static Dictionary<string, int> ListedFiles() =>
        ListedFile().Matches(s_page).ToDictionary(match => match.Groups["path"].Value, match => Number(match.Groups["lines"]));

    private static int Number(Group digits) => int.Parse(digits.Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\]\(\.\./(?<path>src/[^)]+\.cs)\)\s\((?<lines>\d+)\)")]
    private static partial Regex ListedFile();

    [GeneratedRegex(@"(?<files>\d+) files with (?<lines>[\d,]+) lines")]
    private static partial Regex Total();
}
