// Owns: what all exporters came to in one scrape: the families taken, whose names are whose, and how much is left out.
// Does not own: asking them (ExporterSet), nor writing (Exposition).

namespace TinyHost.Metrics;

/// <summary>What is written behind the built-in exposition.</summary>
internal sealed class Exported(BuiltInNames builtIn, FamilyFilter? filter)
{
    /// <summary>What there is without exporters.</summary>
    internal static Exported Nothing { get; } = new(new BuiltInNames([], default), null);

    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);
    private readonly List<ReadOnlyMemory<byte>> _parts = [];

    /// <summary>The lines to write, of whole families.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> Parts => _parts;

    /// <summary>How many exporters threw.</summary>
    internal int Failed { get; set; }

    /// <summary>How many exporters did not return.</summary>
    internal int Late { get; set; }

    /// <summary>How many families have a line that is none of the format.</summary>
    internal int Invalid { get; set; }

    /// <summary>How many families have a name that is taken.</summary>
    internal int Collisions { get; set; }

    internal bool IsWhole => Failed + Late + Invalid == 0;

    /// <summary>Who has taken a name the family needs; null when all are free.</summary>
    internal string? OwnerOf(ExporterFamily family)
    {
        foreach (var name in family.Names)
        {
            if (builtIn.Contains(name))
            {
                return "the built-in exposition";
            }

            if (_owners.TryGetValue(name, out var owner))
            {
                return owner;
            }
        }

        return null;
    }

    /// <summary>Takes the family's names, and its lines when the filter wants them.</summary>
    internal void Add(ExporterFamily family, string exporter)
    {
        foreach (var name in family.Names)
        {
            _owners.Add(name, exporter);
        }

        if (filter is null || filter.Takes(family))
        {
            _parts.Add(family.Text);
        }
    }
}
