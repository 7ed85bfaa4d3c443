// Owns: two tags that become one label.

namespace TinyHost.Metrics;

/// <summary>Tags whose names differ, or that a measurement has twice, and that have the same label.</summary>
internal sealed class TagClash(string tag, string other)
{
    internal string Tag => tag;

    internal string Other => other;

    internal string Label => TagText.Underscored(tag);

    /// <summary>Whether it has been logged.</summary>
    internal bool IsReported { get; set; }

    /// <summary>
    /// Two tags of a set that were joined to one label, or one of the set and one of another set with the same labels. Null if there are
    /// none.
    /// </summary>
    internal static TagClash? Find(LabelSet labels, LabelSet? same)
    {
        var others = labels.HasJoined ? labels.Tags : same is null ? [] : same.Tags;
        for (var i = 0; i < labels.Tags.Length; i++)
        {
            for (var j = 0; j < others.Length; j++)
            {
                var (tag, other) = (labels.Tags[i].Key, others[j].Key);
                if ((labels.HasJoined ? i != j : tag != other) && TagText.Underscored(tag) == TagText.Underscored(other))
                {
                    return new TagClash(tag, other);
                }
            }
        }

        return null;
    }
}
