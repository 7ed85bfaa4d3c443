// Owns: reading values of a web configuration file strictly: each key once known, each value of its type.

using System.Globalization;

namespace TinyHost.WebConfig;

/// <summary>The value of a key. Every method throws <see cref="FormatException"/>, a sentence with the line and the key.</summary>
/// <param name="name">The key.</param>
/// <param name="node">The value.</param>
internal readonly struct WebConfigSection(string name, YamlNode node)
{
    internal string Name => name;

    internal bool IsNull => node.IsNull;

    /// <summary>Calls the reader of each key. An unknown key is refused with those that are known.</summary>
    internal void Read<T>(T target, IReadOnlyDictionary<string, Action<WebConfigSection, T>> readers)
    {
        foreach (var entry in Entries())
        {
            if (!readers.TryGetValue(entry.Name, out var read))
            {
                throw Fault(entry, $"unknown key {entry.Name} in {name}. Known keys: {string.Join(", ", readers.Keys)}");
            }

            read(entry, target);
        }
    }

    /// <summary>The entries of a mapping; none for null.</summary>
    internal IEnumerable<WebConfigSection> Entries()
    {
        if (node.IsNull)
        {
            return [];
        }

        return node.Entries is { } entries
            ? entries.Select(entry => new WebConfigSection(entry.Key.Text!, entry.Value))
            : throw Refused("a mapping with keys below it");
    }

    /// <summary>A text, empty for null. Numbers and the like are texts too.</summary>
    internal string Text() => node.IsNull ? "" : node.Text ?? throw Refused("a text");

    /// <summary>Texts; null for null.</summary>
    internal List<string>? Texts()
    {
        var key = name;
        return node.IsNull ? null
            : node.Items is { } items ? items.ConvertAll(item => new WebConfigSection($"an item of {key}", item).Text())
            : throw Refused("a list of texts");
    }

    internal bool Flag() => node switch
    {
        { IsPlain: true, Text: "y" or "Y" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" or "true" or "True" or "TRUE" } => true,
        { IsPlain: true, Text: "n" or "N" or "no" or "No" or "NO" or "off" or "Off" or "OFF" or "false" or "False" or "FALSE" } => false,
        _ => throw Refused("true or false"),
    };

    internal int Count() =>
        node.IsNull ? 0
        : node.IsPlain && int.TryParse(node.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count
        : throw Refused("a whole number of 0 or more");

    internal TimeSpan Duration() =>
        node.IsNull ? TimeSpan.Zero
        : node.Text is { } text && GoDuration.TryParse(text, out var duration) ? duration
        : throw Refused("0, or a duration such as 1s, 500ms or 1m30s");

    internal FormatException Refused(string expected) => node.Fault($"{name} must be {expected}");

    /// <summary>The exception for a fault of this value.</summary>
    internal FormatException Fault(string what) => node.Fault(what);

    private static FormatException Fault(WebConfigSection entry, string what) => entry.Fault(what);
}
