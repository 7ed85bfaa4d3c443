// Owns: which characters Prometheus allows in metric and label names, and the replacement of all others.
// Does not own: unit and type suffixes (MetricName).
// Sources: Prometheus data model; OpenTelemetry "Prometheus and OpenMetrics Compatibility", Metric Metadata and Metric Attributes.

namespace TinyHost.Metrics;

internal static class NameCharacters
{
    /// <summary>True when every Prometheus server takes the name.</summary>
    internal static bool AreValid(string name, bool allowColon)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
        {
            return false;
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_' && !(allowColon && c == ':'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Replaces each run of characters that are not allowed, and each run of underscores, by one underscore, and puts an underscore before
    /// a leading digit. An empty name becomes <c>_</c>.
    /// </summary>
    internal static string Replace(string name, bool allowColon)
    {
        var replaced = name.Length < 256 ? stackalloc char[name.Length + 1] : new char[name.Length + 1];
        var length = 0;
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
        {
            replaced[length++] = '_';
        }

        foreach (var c in name)
        {
            if (char.IsAsciiLetterOrDigit(c) || (allowColon && c == ':'))
            {
                replaced[length++] = c;
            }
            else if (length == 0 || replaced[length - 1] != '_')
            {
                replaced[length++] = '_';
            }
        }

        return new string(replaced[..length]);
    }
}
