// Owns: that README.md and docs/ agree with the code.

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed partial class DocumentationTests
{
    private const string Main = "https://github.com/tinyhost/tinyhost/blob/main/";
    private const string Pictures = "https://raw.githubusercontent.com/tinyhost/tinyhost/main/docs/images/";

    /// <summary>The README of each package.</summary>
    private static readonly string[] s_packagePages =
    [
        .. Directory.GetFiles(Repository.File("src"), "README.md", SearchOption.AllDirectories)
            .Select(page => Path.GetRelativePath(Repository.Root, page)),
        "templates/README.md",
        "tools/RestartCheck/README.md",
    ];

    public static TheoryData<string> Pages() =>
        [
            "README.md",
            "CHANGELOG.md",
            "CONTRIBUTING.md",
            "SECURITY.md",
            .. s_packagePages,
            "examples/Daemon/README.md",
            "examples/JsonRpc/README.md",
            "examples/PrometheusNet/README.md",
            .. Directory.GetFiles(Repository.File("docs"), "*.md").Select(page => Path.GetRelativePath(Repository.Root, page)),
        ];

    [Fact]
    public void The_program_in_the_README_is_the_Hello_example() =>
        Assert.Equal(Read("examples/Hello/Program.cs"), CodeBlocks(Read("README.md")).First());

    [Fact]
    public void The_README_is_read_in_a_few_minutes() => Assert.InRange(File.ReadAllLines(Repository.File("README.md")).Length, 1, 150);

    [Theory]
    [InlineData("README.md", "docs/images/")]
    [InlineData("docs/dashboard.md", "images/")]
    public void A_page_shows_the_dashboard_in_both_themes(string page, string folder)
    {
        var shown = Picture().Matches(Read(page)).Select(match => match.Groups[1].Value);
        Assert.Equal([folder + "dashboard-dark.png", folder + "dashboard-light.png"], shown);
        Assert.All(shown, picture =>
        {
            var content = File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(Repository.File(page))!, picture));
            Assert.Equal("PNG", System.Text.Encoding.ASCII.GetString(content, 1, 3));
            Assert.InRange(content.Length, 10_000, 150_000);
        });
    }

    [Fact]
    public async Task The_start_errors_in_the_README_are_those_that_are_printed()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = $":{((IPEndPoint)taken.LocalEndpoint).Port}/";
        var errors = StartError().Matches(Read("README.md"));
        Assert.Equal(5, errors.Count);
        foreach (Match error in errors)
        {
            // Port 8080 is in use there.
            var argument = error.Groups[1].Value.Replace(":8080/", port, StringComparison.Ordinal);
            await using var hello = Daemon.Launch(Daemon.Hello, environment: null, argument, $"--TinyHost:Metrics:Port={FreePort.Next()}");
            Assert.Equal(1, await hello.WaitForExitAsync());
            Assert.Equal(error.Groups[2].Value.Replace(":8080/", port, StringComparison.Ordinal), hello.Errors.ToString());
        }
    }

    [Fact]
    public void The_API_reference_has_every_library()
    {
        var libraries = Directory.GetDirectories(Repository.File("src")).Select(folder => Path.GetFileName(folder))
            .Where(name => File.Exists(Repository.File($"src/{name}/PublicAPI.Shipped.txt")));
        Assert.Equal(
            libraries.Order(StringComparer.Ordinal),
            ReferencedLibrary().Matches(Read("docs/docfx.json")).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_page_of_docs_is_in_the_table_of_contents(string page)
    {
        if (page.StartsWith("docs", StringComparison.Ordinal))
        {
            Assert.Contains($"href: {Path.GetFileName(page)}\n", Read("docs/toc.yml"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Code_on_a_page_is_compiled_and_tested(string page)
    {
        string[] files =
        [
            "tests/TinyHost.EndToEnd/Snippets.cs",
            "tests/TinyHost.JsonRpc.Tests/Documented/Snippets.cs",
            "tests/TinyHost.Metrics.PrometheusNet.Tests/Snippets.cs",
            "tests/TinyHost.Testing.Tests/DocumentedTests.cs",
            "examples/Hello/Program.cs",
            "templates/content/tinyhost-daemon-tests/ApiTests.cs",
        ];
        // A page shows what a template makes with the name Shop.
        var sources = string.Concat(files.Select(file => Flatten(Read(file).Replace("TinyHostDaemon", "Shop", StringComparison.Ordinal))));
        var programs = DocumentedProgram.Pages.Contains(page) ? DocumentedProgram.All(page).Select(program => program.Code) : [];
        Assert.All(CodeBlocks(Read(page)).Except(programs), code => Assert.Contains(Flatten(code), sources, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(DocumentedProgram.Cookbook, "TinyHost.EndToEnd.Cookbook")]
    [InlineData(DocumentedProgram.FromHttpListener, "TinyHost.EndToEnd.FromHttpListener")]
    public void Each_program_on_a_page_has_a_test_of_its_name_and_each_test_a_program(string page, string testNamespace)
    {
        var tests = typeof(DocumentationTests).Assembly.GetTypes()
            .Where(type => type.Namespace == testNamespace)
            .SelectMany(type => type.GetMethods())
            .Where(method => method.IsDefined(typeof(FactAttribute), inherit: false))
            .Select(method => method.Name.Replace('_', ' '));
        Assert.Equal(DocumentedProgram.All(page).Select(program => program.Title).Order(), tests.Order());
    }

    [Fact]
    public void A_program_shown_without_a_section_of_its_own_is_found()
    {
        const string Program = "```csharp\nreturn 1;\n```\n";
        Assert.Empty(DocumentedProgram.Read("# Page\n\n" + Program));
        Assert.Equal("return 1;\n", Assert.Single(DocumentedProgram.Read("## One\n\nText.\n\n" + Program)).Code);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => DocumentedProgram.Read("## Two\n\n" + Program + "\n" + Program));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Relative_links_on_a_page_point_to_existing_files(string page)
    {
        var directory = Path.GetDirectoryName(Repository.File(page))!;
        var links = Link().Matches(Read(page))
            .Select(match => match.Groups[1].Value)
            .Where(link => !link.StartsWith("http", StringComparison.Ordinal));
        Assert.All(links, link => Assert.True(File.Exists(Path.Combine(directory, link)), $"Broken link: {link}"));
    }

    [Fact]
    public void Each_package_has_a_README_whose_links_work_outside_the_repository()
    {
        var libraries = Directory.GetFiles(Repository.File("src"), "*.csproj", SearchOption.AllDirectories)
            .Where(project => !File.ReadAllText(project).Contains("<IsPackable>false", StringComparison.Ordinal));
        Assert.All(libraries, project => Assert.Contains(
            Path.GetRelativePath(Repository.Root, Path.Combine(Path.GetDirectoryName(project)!, "README.md")), s_packagePages));
        Assert.All(s_packagePages, page => Assert.All(Link().Matches(Read(page)).Select(match => match.Groups[1].Value), link =>
        {
            var file = link.Replace(Pictures, Main + "docs/images/", StringComparison.Ordinal);
            Assert.StartsWith(Main, file, StringComparison.Ordinal);
            Assert.True(File.Exists(Repository.File(file[Main.Length..])), $"Broken link: {link}");
        }));
    }

    [Fact]
    public void Each_template_has_its_row_in_the_README_of_the_templates() =>
        Assert.Equal(
            Directory.GetDirectories(Repository.File("templates/content")).Select(Path.GetFileName).Order(),
            TemplateRow().Matches(Read("templates/README.md")).Select(match => match.Groups[1].Value).Order());

    [Theory]
    [MemberData(nameof(Pages))]
    public void Anchors_in_links_on_a_page_are_headings(string page)
    {
        var directory = Path.GetDirectoryName(page)!;
        var anchors = AnchorLink().Matches(Read(page)).Select(match => (File: match.Groups[1].Value, Anchor: match.Groups[2].Value));
        Assert.All(
            anchors.Where(link => !link.File.StartsWith("http", StringComparison.Ordinal)),
            link => Assert.Contains(link.Anchor, Anchors(link.File == "" ? page : Path.Combine(directory, link.File))));
    }

    [Fact]
    public void The_table_of_limits_lists_every_limit_with_its_default()
    {
        var limits = new ServerLimits();
        var rows = LimitRow().Matches(Read("docs/settings.md"))
            .ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        var defaults = typeof(ServerLimits).GetProperties().ToDictionary(limit => limit.Name, limit => Format(limit.GetValue(limits)));
        Assert.Equal(defaults.OrderBy(limit => limit.Key), rows.OrderBy(limit => limit.Key));
    }

    [Fact]
    public async Task Systemd_accepts_the_unit_file_of_the_example()
    {
        var analyze = OutsideProgram.Require("systemd-analyze", package: "systemd");
        using var directory = new TemporaryDirectory();
        // systemd-analyze requires the program to exist; any program will do.
        var example = Read("examples/JsonRpc/tinyhost-jsonrpc.service");
        var unit = directory.Write(
            "tinyhost-jsonrpc.service", example.Replace("/opt/tinyhost-jsonrpc/JsonRpc", "/bin/sh", StringComparison.Ordinal));

        var (exitCode, output, errors) = await ChildProcess.RunAsync(analyze, ["verify", unit]);

        Assert.Equal((0, "", ""), (exitCode, output, errors));
    }

    /// <summary>The anchors that GitHub makes of the headings of a page.</summary>
    private static IEnumerable<string> Anchors(string page) => Heading().Matches(AnyBlock().Replace(Read(page), ""))
        .Select(heading => NoAnchorCharacter().Replace(heading.Groups[1].Value, "").Replace(' ', '-').ToLowerInvariant());

    private static string Format(object? value) => value switch
    {
        TimeSpan span => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds} s"),
        IFormattable number => number.ToString("N0", CultureInfo.InvariantCulture),
        _ => "none",
    };

    private static string Read(string path) => File.ReadAllText(Repository.File(path));

    private static IEnumerable<string> CodeBlocks(string page) => CodeBlock().Matches(page).Select(match => match.Groups[1].Value);

    /// <summary>The lines without indentation, since it differs between a page and a method.</summary>
    private static string Flatten(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim())).Trim('\n') + "\n";

    [GeneratedRegex("^```csharp\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("(?:srcset|src)=\"([^\"]+)\"")]
    private static partial Regex Picture();

    [GeneratedRegex(@"\]\(([^)#]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\| `dotnet new ([\w-]+) ", RegexOptions.Multiline)]
    private static partial Regex TemplateRow();

    [GeneratedRegex(@"\]\(([^)#]*)#([^)]+)\)")]
    private static partial Regex AnchorLink();

    [GeneratedRegex("^```.*?^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex AnyBlock();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchorCharacter();

    [GeneratedRegex(@"bin/Release/net10\.0/([^/]+)\.dll""")]
    private static partial Regex ReferencedLibrary();

    [GeneratedRegex(@"^\$ Hello (\S+)\n(.+)$", RegexOptions.Multiline)]
    private static partial Regex StartError();

    [GeneratedRegex(@"^\| `([A-Z][a-zA-Z]+)` \| ([^|]*[^| ]) \|", RegexOptions.Multiline)]
    private static partial Regex LimitRow();
}
