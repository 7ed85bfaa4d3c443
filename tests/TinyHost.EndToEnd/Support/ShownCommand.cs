// Owns: the commands that a page shows, with their output.

using System.Text.RegularExpressions;

namespace TinyHost.EndToEnd.Support;

/// <summary>
/// A command in a block of a page. The lines below it that begin with <c>#</c> are its output, in which <c>…</c> stands for any text.
/// </summary>
internal sealed partial record ShownCommand(string Text, string Output)
{
    private const string Programs =
        @"curl|dotnet|docker|kubectl|promtool|prometheus|python3|sc|net|netsh|systemctl|systemd-[\w-]+|openssl|htpasswd|git|kill|printf|"
        + @"journalctl|bench/[\w/]+|\.ci/\w+|tinyhost-[\w-]+|node|sudo|apt-get";

    /// <summary>The commands in the <c>sh</c> and <c>bat</c> blocks of a page.</summary>
    public static IReadOnlyList<ShownCommand> OnPage(string page) =>
        [.. Block().Matches(page).SelectMany(block => Read(block.Groups[1].Value))];

    /// <summary>
    /// The commands in the sentences of a page, in backticks: three words or more, of which the first is a program. Shorter ones name a
    /// command rather than giving it.
    /// </summary>
    public static IReadOnlyList<string> InSentences(string page) =>
        [.. InBackticks().Matches(AnyBlock().Replace(page, "")).Select(match => match.Groups[1].Value.Replace(@"\|", "|"))];

    /// <summary>The lines of a page that look like a command in a block which is neither <c>sh</c> nor <c>bat</c>.</summary>
    public static IReadOnlyList<string> InOtherBlocks(string page) =>
        [.. LooksLikeCommand().Matches(Block().Replace(page, "")).Select(match => match.Value.Trim())];

    /// <summary>The commands in the text of a block. A command goes on in the next line after a backslash.</summary>
    public static IReadOnlyList<ShownCommand> Read(string block) =>
    [
        .. Command().Matches(Continuation().Replace(block, " "))
            .Select(match => new ShownCommand(match.Groups[1].Value, CommentSign().Replace(match.Groups[2].Value, "").TrimEnd('\n'))),
    ];

    /// <summary>The command and its output with a text replaced, such as a port.</summary>
    public ShownCommand Adapt(Func<string, string> adapt) => new(adapt(Text), adapt(Output));

    /// <summary>
    /// Runs the command in a folder. Fails the test, with what <paramref name="context"/> says, if its output is not that of the page.
    /// </summary>
    public async Task<string> RunAsync(string folder, object? context = null, string input = "")
    {
        OutsideProgram.Require("curl", package: "curl");
        var shell = OutsideProgram.Require("bash", package: "bash");
        var (_, output, errors) = await ChildProcess.RunAsync(shell, ["-c", Text], input, workingDirectory: folder);
        var pattern = $"^{Regex.Escape(Output).Replace("…", ".*", StringComparison.Ordinal)}$";
        var actual = output.Replace("\r", "", StringComparison.Ordinal).TrimEnd('\n');
        Assert.True(
            Regex.IsMatch(actual, pattern, RegexOptions.Singleline),
            $"{Text}\nshown:\n{Output}\nactual:\n{actual}\n{errors}\n{context}");
        return actual;
    }

    [GeneratedRegex("^```(?:sh|bat)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("^```.*?^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex AnyBlock();

    [GeneratedRegex(@"`((?:" + Programs + @") [^`\n ]+ [^`\n]+)`")]
    private static partial Regex InBackticks();

    [GeneratedRegex(@"^ *(?:\$ )?(?:[A-Z_]+=\S+ )*(?:" + Programs + @")(?: .*)?$", RegexOptions.Multiline)]
    private static partial Regex LooksLikeCommand();

    [GeneratedRegex("^# ?", RegexOptions.Multiline)]
    private static partial Regex CommentSign();

    [GeneratedRegex(@" *\\\n *")]
    private static partial Regex Continuation();

    [GeneratedRegex(@"^(?!#(?: |\n))(.+)\n((?:# ?.*\n)*)", RegexOptions.Multiline)]
    private static partial Regex Command();
}
