// Owns: that the files of .github are what the host of the repository reads, and name commands, projects and files that exist.

using System.Text.RegularExpressions;
using TinyHost.EndToEnd.Support;
using YamlDotNet.RepresentationModel;

namespace TinyHost.EndToEnd;

public sealed partial class HostedCiTests
{
    public static TheoryData<string> Workflows() =>
        [.. Directory.GetFiles(Repository.File(".github/workflows")).Select(file => Path.GetRelativePath(Repository.Root, file))];

    public static TheoryData<string> Forms() =>
        [.. Directory.GetFiles(Repository.File(".github/ISSUE_TEMPLATE")).Select(file => Path.GetRelativePath(Repository.Root, file))];

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Each_step_of_a_job_uses_an_action_of_some_version_or_runs_commands_that_exist(string workflow)
    {
        var root = Read(workflow);
        Assert.False(string.IsNullOrEmpty(Text(root, "name")));
        Assert.NotNull(Find(root, "on"));
        Assert.NotNull(Find(root, "permissions"));
        Assert.All(Jobs(root), job =>
        {
            Assert.NotNull(Find(job, "runs-on"));
            Assert.True(int.Parse(Text(job, "timeout-minutes")!, System.Globalization.CultureInfo.InvariantCulture) > 0);
            Assert.All(Steps(job), step =>
            {
                if (Text(step, "uses") is { } action)
                {
                    Assert.Matches(@"^[\w-]+/[\w-]+@v\d+$", action);
                    Assert.Null(Find(step, "run"));
                    return;
                }

                Assert.False(string.IsNullOrEmpty(Text(step, "name")));
                Assert.NotEmpty(Text(step, "run")!);
                Assert.Empty(Missing(Text(step, "run")!));
            });
        });
    }

    [Fact]
    public void CI_runs_everything_on_Linux_and_the_portable_tests_on_Windows_and_macOS()
    {
        var root = Read(".github/workflows/ci.yml");
        var jobs = (YamlMappingNode)Find(root, "jobs")!;
        Assert.Contains("bash .ci/run", Steps((YamlMappingNode)jobs["linux"]).Select(step => Text(step, "run")));
        var portable = (YamlMappingNode)jobs["portable"];
        Assert.Equal(["windows-latest", "macos-latest"], Strings(portable["strategy"]["matrix"]["os"]));
        Assert.Equal("${{ matrix.os }}", Text(portable, "runs-on"));
        var tested = Steps(portable).Select(step => Text(step, "run")).OfType<string>()
            .Where(run => run.StartsWith("dotnet test ", StringComparison.Ordinal))
            .ToList();
        Assert.Contains(tested, run => run.Contains("tests/TinyHost.Tests ", StringComparison.Ordinal));
        Assert.All(tested, run => Assert.EndsWith("-c Release --no-build", run, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bash .ci/nothing")]
    [InlineData("dotnet test tests/TinyHost.Nothing -c Release")]
    [InlineData("dotnet build && bash .ci/run && bash .ci/other")]
    public void A_command_that_names_a_missing_file_is_found(string run) => Assert.NotEmpty(Missing(run));

    [Theory]
    [MemberData(nameof(Forms))]
    public void Each_form_for_issues_asks_questions_with_names_of_their_own(string file)
    {
        var root = Read(file);
        if (Path.GetFileName(file) == "config.yml")
        {
            Assert.All((YamlSequenceNode)root["contact_links"], link => Assert.StartsWith("https://", Text(link, "url")));
            return;
        }

        Assert.All(new[] { "name", "description" }, key => Assert.False(string.IsNullOrEmpty(Text(root, key))));
        var questions = ((YamlSequenceNode)root["body"]).ToList();
        Assert.Equal(questions.Count, questions.Select(question => Text(question, "id")).Distinct().Count());
        Assert.All(questions, question =>
        {
            Assert.Contains(Text(question, "type"), new[] { "textarea", "input", "dropdown", "checkboxes", "markdown" });
            Assert.False(string.IsNullOrEmpty(Text(question["attributes"], "label")));
        });
    }

    [Fact]
    public async Task The_text_of_a_release_is_the_section_of_its_version()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A script of bash.");
        var script = Repository.File(".ci/release-notes");
        var (code, output, errors) = await ChildProcess.RunAsync("bash", [script, "Unreleased"]);
        Assert.Equal((0, ""), (code, errors));
        Assert.StartsWith("\n### Added\n\n- ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\n## ", output, StringComparison.Ordinal);

        (code, output, errors) = await ChildProcess.RunAsync("bash", [script, "99.0.0"]);
        Assert.Equal((1, "", "CHANGELOG.md has no section for 99.0.0, or it is empty."), (code, output, errors));
    }

    // What a line of a step names but the repository lacks.
    private static IEnumerable<string> Missing(string run) => NamedFile().Matches(run)
        .Select(match => match.Groups["file"].Value)
        .Where(file => !Path.Exists(Repository.File(file)));

    private static YamlMappingNode Read(string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(Repository.File(file))));
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }

    private static YamlNode? Find(YamlNode node, string key) =>
        ((YamlMappingNode)node).Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;

    private static string? Text(YamlNode node, string key) => (Find(node, key) as YamlScalarNode)?.Value;

    private static IEnumerable<string?> Strings(YamlNode node) => ((YamlSequenceNode)node).Select(item => ((YamlScalarNode)item).Value);

    private static IEnumerable<YamlMappingNode> Jobs(YamlNode root) =>
        ((YamlMappingNode)root["jobs"]).Children.Values.Cast<YamlMappingNode>();

    private static YamlSequenceNode Steps(YamlNode job)
    {
        var steps = (YamlSequenceNode)job["steps"];
        Assert.NotEmpty(steps);
        return steps;
    }

    [GeneratedRegex(@"(?:\bbash|\bdotnet (?:build|test|run --project|pack)) (?<file>[\w./-]*\w)")]
    private static partial Regex NamedFile();
}
