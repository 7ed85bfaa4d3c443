// Owns: that each command in README.md and docs/ is run, here or elsewhere in CI, or is listed in docs/testing.md with the reason.

using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using TinyHost.EndToEnd.Shop;
using TinyHost.EndToEnd.Support;
using TinyHost.Metrics;

namespace TinyHost.EndToEnd;

public sealed partial class CommandTests
{
    private const string Deployment = "docs/deployment.md";
    private const string Health = "docs/health.md";
    private const string Security = "docs/security.md";
    private const string Example = "examples/Daemon/README.md";

    private static readonly Lazy<Task<string[]>> s_walked = new(WalkedAsync);

    // The commands that the tests of this class run.
    private static IEnumerable<string> RunHere =>
        [.. Promtool, Probe.Text, Hashing.Text, Digest, .. OnPage(Example).Select(command => command.Text)];

    private static IEnumerable<string> Promtool =>
        OnPage(Deployment).Select(command => command.Text).Where(text => text.StartsWith("promtool ", StringComparison.Ordinal));

    private static ShownCommand Probe => Assert.Single(OnPage(Health));

    private static ShownCommand Hashing => Assert.Single(OnPage(Security));

    private static string Digest => Assert.Single(
        ShownCommand.InSentences(Read(Security)), command => command.StartsWith("printf ", StringComparison.Ordinal));

    public static TheoryData<string> Pages() => DocumentationTests.Pages();

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Each_command_on_a_page_is_run_or_listed_with_the_reason(string page)
    {
        string[] run = [.. RunHere, .. await s_walked.Value, .. Listed(), .. RunWithItsPage(page)];
        Assert.Empty(OnPage(page).Select(command => command.Text).Except(run));
        if (page != "docs/testing.md")
        {
            Assert.All(ShownCommand.InSentences(Read(page)), command => Assert.Contains(
                run, other => other.StartsWith(command, StringComparison.Ordinal)));
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Commands_stand_in_blocks_that_say_so(string page) => Assert.Empty(ShownCommand.InOtherBlocks(Read(page)));

    [Fact]
    public void Each_listed_command_stands_on_a_page()
    {
        var shown = Pages().Select(row => row.Data).SelectMany(page => OnPage(page).Select(command => command.Text)
            .Concat(page == "docs/testing.md" ? [] : ShownCommand.InSentences(Read(page))));
        Assert.Empty(Listed().Except(shown));
    }

    [Fact]
    public void Commands_and_their_output_are_found_in_every_form()
    {
        const string Page =
            "```sh\na \\\n  b\n# 1\n#\n# 2\nc\n```\n\nSee `dotnet new x` and `dotnet new`.\n\n    $ curl x\n\n```\nA=b curl\n```\n";
        Assert.Equal([new("a b", "1\n\n2"), new("c", "")], ShownCommand.OnPage(Page));
        Assert.Equal(["dotnet new x"], ShownCommand.InSentences(Page));
        Assert.Equal(["$ curl x", "A=b curl"], ShownCommand.InOtherBlocks(Page));
    }

    [Theory]
    [InlineData("Text.", "the page has no commands")]
    [InlineData("```sh\ncurl x\n```\n\n    curl y", "line 5 of the page shows code")]
    [InlineData("```sh\ncurl x\n```\n\n```\ncurl y\n```", "the block that ends in line 7 is neither commands nor a file")]
    [InlineData("```sh\ncurl x\n```\n\nThen `dotnet build y`.", "a command in a sentence, 'dotnet build y'")]
    [InlineData("```sh\n# output\ncurl x\n```", "the block that ends in line 4 begins with output")]
    public async Task The_walk_through_a_page_refuses_what_it_would_not_try(string page, string expected)
    {
        var python = OutsideProgram.Require("python3", package: "python3");
        using var folder = new TemporaryDirectory();
        var (code, output, errors) = await ChildProcess.RunAsync(
            python, [Repository.File(".ci/walk"), "--list", folder.Write("page.md", page + "\n")]);
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("FAILED: ", errors, StringComparison.Ordinal);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promtool_accepts_the_rules()
    {
        OutsideProgram.Require("promtool", package: "prometheus");
        foreach (var command in OnPage(Deployment).Where(command => Promtool.Contains(command.Text)))
        {
            await command.RunAsync(Repository.Root);
        }
    }

    [Fact]
    public async Task A_probe_says_why_the_program_is_not_ready()
    {
        var app = new Pipeline()
            .UseHealth(configure: health => health.Add("database", _ => Task.FromResult(HealthResult.Unhealthy("connection refused"))))
            .Run(context => context.Response.WriteTextAsync("Hello."));
        await using var server = new HttpServer("http://127.0.0.1:0/", app);
        await server.StartAsync(TestContext.Current.CancellationToken);
        var probe = Probe.Adapt(text => text.Replace("9100", $"{server.EndPoints[0].Port}", StringComparison.Ordinal));
        await probe.RunAsync(Path.GetTempPath());
    }

    [Fact]
    public async Task A_hash_that_the_command_makes_admits_its_password()
    {
        OutsideProgram.Require("python3", package: "python3");
        // Without a terminal, the password comes from standard input.
        var hashing = Hashing with { Text = "setsid --wait " + Hashing.Text, Output = "$pbkdf2-sha256$i=600000$…" };
        var hash = await hashing.RunAsync(Path.GetTempPath(), input: "secret\n");
        var token = await new ShownCommand(Digest.Replace("TOKEN", "0123456789abcdef0123456789abcdef", StringComparison.Ordinal), "…  -")
            .RunAsync(Path.GetTempPath());
        using var folder = new TemporaryDirectory();
        var tokens = folder.Write("tokens.txt", $"ann: $sha256${token[..64]}\n");
        var app = new Pipeline()
            .UseAuthentication(auth => auth.User("ann", hash).Tokens(tokens))
            .Run(context => context.Response.WriteTextAsync(context.User.Identity!.Name!));
        await using var server = new HttpServer("http://127.0.0.1:0/", app);
        await server.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.EndPoints[0].Port}/") };

        foreach (var (scheme, credentials, status) in ((string, string, HttpStatusCode)[])[
            ("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("ann:secret")), HttpStatusCode.OK),
            ("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("ann:wrong")), HttpStatusCode.Unauthorized),
            ("Bearer", "0123456789abcdef0123456789abcdef", HttpStatusCode.OK)])
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(scheme, credentials);
            using var answer = await http.GetAsync((Uri?)null, TestContext.Current.CancellationToken);
            Assert.Equal(status, answer.StatusCode);
        }
    }

    [Fact]
    public async Task The_commands_for_the_shop_succeed()
    {
        await using var shop = await ShopDaemon.StartAsync();
        using var folder = new TemporaryDirectory();
        folder.Write("README.md", "# A shop\n");
        foreach (var command in OnPage(Example))
        {
            var text = command.Text
                .Replace("curl -N", "curl --max-time 1 -N", StringComparison.Ordinal)
                .Replace("localhost:8080", $"127.0.0.1:{shop.Port}", StringComparison.Ordinal)
                .Replace("localhost:9100", $"127.0.0.1:{shop.MetricsPort}", StringComparison.Ordinal);
            var (code, output, errors) = await ChildProcess.RunAsync("bash", ["-c", text], workingDirectory: folder.Path);
            // 28: the stream of events does not end by itself.
            Assert.True(code == (text.Contains(" -N ", StringComparison.Ordinal) ? 28 : 0), $"{text}\n{output}\n{errors}");
        }

        Assert.Equal("# A shop\n", await shop.Client.GetStringAsync("/uploads/README.md", TestContext.Current.CancellationToken));
    }

    // .ci/run reads those of README.md out of the page, and Recipe those of pages with programs.
    private static IEnumerable<string> RunWithItsPage(string page) =>
        page == "README.md" ? OnPage(page).Select(command => command.Text)
        : DocumentedProgram.Pages.Contains(page)
            ? DocumentedProgram.All(page).SelectMany(program => ShownCommand.Read(program.Commands)).Select(command => command.Text)
        : [];

    private static IEnumerable<string> Listed() => ListedRow().Matches(Section().Match(Read("docs/testing.md")).Value)
        .SelectMany(row => Code().Matches(row.Groups[1].Value)).Select(code => code.Groups[1].Value);

    private static async Task<string[]> WalkedAsync()
    {
        var python = OutsideProgram.Require("python3", package: "python3");
        var (code, output, errors) = await ChildProcess.RunAsync(python, [Repository.File(".ci/walk"), "--list"]);
        Assert.Equal((0, ""), (code, errors));
        return output.Split('\n');
    }

    private static IReadOnlyList<ShownCommand> OnPage(string page) => ShownCommand.OnPage(Read(page));

    private static string Read(string page) => File.ReadAllText(Repository.File(page));

    [GeneratedRegex(@"^## Commands that do not run as they stand\n(?:(?!## ).*\n)*", RegexOptions.Multiline)]
    private static partial Regex Section();

    [GeneratedRegex(@"^\| (`.*`) \| .*\w.* \|$", RegexOptions.Multiline)]
    private static partial Regex ListedRow();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
