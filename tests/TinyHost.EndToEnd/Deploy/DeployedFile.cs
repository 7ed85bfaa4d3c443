// Owns: a file of deploy/ with other addresses and ports, for a test that runs it.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Deploy;

/// <summary>The text of a file in the repository.</summary>
internal sealed record DeployedFile(string Path, string Text)
{
    public DeployedFile(string path)
        : this(path, File.ReadAllText(Repository.File(path)))
    {
    }

    /// <summary>The file with another text in each of these places. Fails the test if there is none.</summary>
    public DeployedFile Replace(string text, string replacement)
    {
        Assert.Contains(text, Text, StringComparison.Ordinal);
        return this with { Text = Text.Replace(text, replacement, StringComparison.Ordinal) };
    }
}
