// Owns: the names that Windows reads as something else than a file of that name.
// Source: Microsoft, "Naming Files, Paths, and Namespaces".

namespace TinyHost;

internal static class WindowsName
{
    private const int ShortStem = 8;
    private const int ShortExtension = 3;

    // Devices in any folder and with any extension. The digits may be superscript.
    private static readonly HashSet<string> s_devices = new(
        [
            "CON", "CONIN$", "CONOUT$", "PRN", "AUX", "NUL",
            .. "0123456789\u00b9\u00b2\u00b3".SelectMany(digit => new[] { $"COM{digit}", $"LPT{digit}" }),
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether Windows takes the name for a device, a stream of a file, or the same file as another name.</summary>
    internal static bool MeansAnother(string name) =>
        name.Contains(':', StringComparison.Ordinal) || name.EndsWith('.') || name.EndsWith(' ')
        || s_devices.Contains(name.Split('.')[0].TrimEnd()) || MayBeShort(name);

    // Such as GIT~1 for .git: at most eight characters that end in a number, and an extension of at most three.
    private static bool MayBeShort(string name)
    {
        var parts = name.Split('.');
        var stem = parts[0];
        var tilde = stem.LastIndexOf('~');
        return parts.Length <= 2 && stem.Length <= ShortStem && (parts.Length == 1 || parts[1].Length <= ShortExtension)
            && tilde >= 0 && tilde < stem.Length - 1 && !stem.AsSpan(tilde + 1).ContainsAnyExceptInRange('0', '9');
    }
}
