// Owns: what one scrape has collected, before it is written.

namespace TinyHost.Metrics;

/// <summary>The families of a scrape. Disposal returns what exporters wrote.</summary>
internal sealed class GatheredFamilies(
    ExpositionFormat format, FamilyFilter? filter, CollectionResult collected, ExportResult? exported) : IDisposable
{
    /// <summary>Why there is no exposition: something is missing that must not be. Null if there is one.</summary>
    internal string? Refusal { get; set; }

    /// <summary>What workers answered; null without workers.</summary>
    internal AnsweredWorkers? Answered { get; set; }

    /// <summary>The exposition, for one request.</summary>
    internal Exposition Open(WorkerSources? workers, RequestContext context)
    {
        var families = exported?.LeftOf(collected.Exposed) ?? collected.Exposed;
        var parts = exported?.Parts;
        if (Answered is not null)
        {
            (families, parts) = workers!.Merge(Answered, context, families, format, filter);
        }

        return new Exposition(format, filter?.Apply(families) ?? families, parts);
    }

    public void Dispose() => exported?.Dispose();
}
