// Owns: what a tag is called as a label, before a scheme spells it: a name that no label may have is replaced for all schemes alike.
// Does not own: spelling it (EscapedName), nor its value (TagValue).
// Source: Prometheus data model, Metric names and labels.

using System.Text;

namespace TinyHost.Metrics;

internal static class TagName
{
    /// <summary>
    /// The name as it is, but: one that is empty, or begins with <c>__</c> and so would be Prometheus' own, is spelled with underscores;
    /// <paramref name="reserved"/>, which the format gives a meaning, gets <c>exported_</c> before it, as Prometheus calls labels that clash; a
    /// surrogate without its other half becomes U+FFFD.
    /// </summary>
    internal static string For(string? tag, string? reserved)
    {
        if (string.IsNullOrEmpty(tag) || tag.StartsWith("__", StringComparison.Ordinal))
        {
            return NameCharacters.Replace(tag ?? "", allowColon: false);
        }

        if (tag == reserved)
        {
            return "exported_" + tag;
        }

        return tag.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(tag)) : tag;
    }
}
