// Owns: the lines of a file of users or tokens: "name: secret", comments, empty lines.

using System.Text;

namespace TinyHost;

/// <summary>
/// Lines such as <c>prometheus: $pbkdf2-sha256$…</c>, also without the space as htpasswd writes them, and with the secret in quotes as
/// YAML allows. Empty lines and lines that begin with <c>#</c> are skipped.
/// </summary>
internal static class CredentialFile
{
    /// <summary>
    /// The names and secrets, in order. A line without a colon throws <see cref="FormatException"/>, or has
    /// <paramref name="defaultName"/> if there is one.
    /// </summary>
    internal static List<KeyValuePair<string, string>> Read(byte[] content, string? defaultName = null)
    {
        var entries = new List<KeyValuePair<string, string>>();
        foreach (var (index, written) in Encoding.UTF8.GetString(content).TrimStart('\uFEFF').Split('\n').Index())
        {
            var line = written.Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var colon = line.IndexOf(':');
            if (colon < 0 && defaultName is null)
            {
                throw new FormatException($"line {index + 1} is not 'name: hash'.");
            }

            entries.Add(new(colon < 0 ? defaultName! : line[..colon].TrimEnd(), Unquote(line[(colon + 1)..].TrimStart())));
        }

        return entries;
    }

    private static string Unquote(string text) =>
        text.Length >= 2 && text[0] is ('"' or '\'') && text[^1] == text[0] ? text[1..^1] : text;
}
