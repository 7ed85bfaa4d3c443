// Owns: a series of a worker as its parent knows it.

namespace TinyHost.Metrics;

/// <summary>A series of a worker.</summary>
/// <param name="family">Its family.</param>
/// <param name="tags">Its tags.</param>
/// <param name="created">When it was created, in seconds since 1970; NaN if unknown.</param>
internal sealed class WorkerSeries(SharedFamily family, KeyValuePair<string, string>[] tags, double created)
{
    private LabelSet? _own;
    private (string Worker, LabelSet Labels)? _labelled;

    internal SharedFamily Family => family;

    internal double Created => created;

    /// <summary>Where its record is in shared memory.</summary>
    internal long Offset { get; init; }

    /// <summary>Where its further cells are in shared memory.</summary>
    internal List<long> Cells { get; } = [];

    /// <summary>Its value, if it is not in shared memory.</summary>
    internal SeriesValue? Value { get; init; }

    /// <summary>Its exemplars: slot, exemplar, and dropped tags.</summary>
    internal List<(int Slot, Exemplar Exemplar, KeyValuePair<string, object?>[] Dropped)>? Exemplars { get; set; }

    /// <summary>Its labels, with the label <c>worker</c> unless that is null. A tag <c>worker</c> of its own is then renamed.</summary>
    internal LabelSet LabelsWith(string? worker)
    {
        if (worker is null)
        {
            return _own ??= Make(null);
        }

        if (_labelled is not { } labelled || labelled.Worker != worker)
        {
            _labelled = labelled = (worker, Make(worker));
        }

        return labelled.Labels;
    }

    private LabelSet Make(string? worker) => LabelSet.From(
        Array.ConvertAll(tags, static tag => new KeyValuePair<string, object?>(tag.Key, tag.Value)),
        [],
        worker is null ? null : WorkerLabel.Name,
        worker is null ? null : new Dictionary<string, string> { [WorkerLabel.Name] = worker });
}

internal static class WorkerLabel
{
    /// <summary>The label that names the worker.</summary>
    internal const string Name = "worker";

    /// <summary>Its value for the process that starts the workers.</summary>
    internal const string Parent = "parent";
}
