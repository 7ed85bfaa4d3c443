// Owns: two tags that become one label.

namespace TinyHost.Metrics;

/// <summary>Tags whose names differ, or that a measurement has twice, and that have the same label.</summary>
internal sealed class TagClash(string tag, string other)
{
    internal string Tag => tag;

    internal string Other => other;

    internal string Label => EscapedName.Underscored(tag);

    /// <summary>Whether it has been logged.</summary>
    internal bool IsReported { get; set; }
}
