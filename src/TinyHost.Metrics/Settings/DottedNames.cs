// Owns: names of settings in which `_` stands for `.`, since a shell cannot export a variable whose name has dots.

using System.Diagnostics.CodeAnalysis;

namespace TinyHost.Metrics;

internal static class DottedNames
{
    /// <summary>
    /// The key of an instrument's setting: the known name that is the same but for dots, or else the name as written, which
    /// <see cref="Find"/> compares in the same way. Throws <see cref="ServerStartException"/> if several known names are the same.
    /// </summary>
    internal static string OfInstrument<T>(Setting setting, IDictionary<string, T> known)
    {
        if (known.ContainsKey(setting.Name))
        {
            return setting.Name;
        }

        string[] same = [.. known.Keys.Where(name => IsSame(setting.Name, name))];
        return same switch
        {
            [] => setting.Name,
            [var name] => name,
            _ => throw new ServerStartException(
                $"Cannot start: {setting.Path} stands for each of {string.Join(", ", same.Order(StringComparer.Ordinal))}; "
                + "write the name with its dots."),
        };
    }

    /// <summary>
    /// The key of a resource attribute's setting. As for instruments, but a name without dots has `_` for each of them, because the names
    /// of attributes are not known.
    /// </summary>
    internal static string OfAttribute(Setting setting, IDictionary<string, string> known)
    {
        var name = OfInstrument(setting, known);
        return name.Contains('.', StringComparison.Ordinal) || known.ContainsKey(name) ? name : name.Replace('_', '.');
    }

    /// <summary>The entry of an instrument: by its name, or else by its name with `_` for `.`.</summary>
    internal static bool Find<T>(IDictionary<string, T> entries, string instrument, [MaybeNullWhen(false)] out T entry)
    {
        entry = default;
        return entries.Count > 0 && (entries.TryGetValue(instrument, out entry) || entries.TryGetValue(Underscored(instrument), out entry));
    }

    /// <summary>The name with `_` for `.`.</summary>
    internal static string Underscored(string name) => name.Replace('.', '_');

    private static bool IsSame(string written, string name) =>
        !written.Contains('.', StringComparison.Ordinal) && written.Equals(Underscored(name), StringComparison.OrdinalIgnoreCase);
}
