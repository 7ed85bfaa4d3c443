// Owns: the programs shown in docs/: one for each section of a page, with the commands that use it and their output.

using System.Text.RegularExpressions;

namespace TinyHost.EndToEnd.Support;

/// <summary>
/// A section that shows a program: its title, the program, and the commands (<c>sh</c>) that use it, each followed by lines that begin with
/// <c>#</c> and show its output.
/// </summary>
internal sealed partial record DocumentedProgram(string Title, string Code, string Commands)
{
    public const string Cookbook = "docs/cookbook.md";
    public const string FromHttpListener = "docs/from-httplistener.md";

    /// <summary>The pages whose code consists of whole programs.</summary>
    public static IReadOnlyList<string> Pages { get; } = [Cookbook, FromHttpListener];

    /// <summary>The sections of a page that show programs, in order.</summary>
    public static IReadOnlyList<DocumentedProgram> All(string page) => Read(File.ReadAllText(Repository.File(page)));

    /// <summary>The sections of a text that show programs, in order. Fails the test for a section that shows several.</summary>
    public static IReadOnlyList<DocumentedProgram> Read(string text) =>
    [
        .. Section().Matches(text)
            .Select(section => (Title: section.Groups[1].Value, Blocks: Block().Matches(section.Groups[2].Value)))
            .Where(section => section.Blocks.Any(IsProgram))
            .Select(section => ReadSection(section.Title, section.Blocks)),
    ];

    /// <summary>The program with this title. Fails the test if the page has none.</summary>
    public static DocumentedProgram Find(string page, string title)
    {
        var program = All(page).SingleOrDefault(program => program.Title == title);
        Assert.True(program is not null, $"{page} has no section '{title}' with a program.");
        return program!;
    }

    private static DocumentedProgram ReadSection(string title, MatchCollection blocks)
    {
        var program = Assert.Single(blocks, IsProgram);
        var commands = blocks.Where(block => block.Groups[1].Value == "sh").Select(block => block.Groups[2].Value);
        return new(title, program.Groups[2].Value, string.Concat(commands));
    }

    private static bool IsProgram(Match block) => block.Groups[1].Value is "csharp" or "xml";

    [GeneratedRegex(@"^## (.*)\n((?:(?!## ).*\n)*)", RegexOptions.Multiline)]
    private static partial Regex Section();

    [GeneratedRegex("^```([a-z]+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
