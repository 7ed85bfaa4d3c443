// Owns: the families of all workers as one exposition.

namespace TinyHost.Metrics;

/// <summary>Collects the series of all workers, those of workers started later first.</summary>
/// <param name="aggregate">Whether series of several workers become one; otherwise they get the label <c>worker</c>.</param>
/// <param name="rules">What gauges are over several workers.</param>
/// <param name="clashed">Called with the name of a family that is left out because another one has the name.</param>
internal sealed class FamilyMerge(bool aggregate, GaugeRules rules, Action<string> clashed)
{
    private readonly Dictionary<string, MergedFamily> _families = new(StringComparer.Ordinal);

    /// <summary>Adds a series of a worker.</summary>
    /// <param name="worker">The name of the worker.</param>
    /// <param name="series">The series.</param>
    /// <param name="value">Its value.</param>
    /// <param name="isLive">Whether its worker lives.</param>
    /// <param name="isPresent">False if the program removed the series: it then counts only if others show it.</param>
    internal void Add(string worker, WorkerSeries series, SeriesValue value, bool isLive, bool isPresent) =>
        Add(series, series.LabelsWith(aggregate ? null : worker), value, isLive, isPresent);

    /// <summary>Adds a series that says itself which worker it is about.</summary>
    internal void AddAsIs(WorkerSeries series, SeriesValue value) =>
        Add(series, series.LabelsWith(null), value, isLive: true, isPresent: true);

    /// <summary>The families with something to expose, sorted by name, <c>target_info</c> first.</summary>
    internal MetricFamily[] ToFamilies(MetricsOptions options, TimeProvider clock)
    {
        var observation = new Observation();
        var families = new List<MetricFamily>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var merged in _families.Values.OrderBy(family => family.Name != "target_info").ThenBy(
            family => family.Name, StringComparer.Ordinal))
        {
            if (merged.ToFamily(options, clock, observation) is not { } family)
            {
                continue;
            }

            var own = FamilyRegistry.SampleNames(family.Definition);
            if (Array.Exists(own, names.Contains))
            {
                clashed(family.Name);
                continue;
            }

            names.UnionWith(own);
            families.Add(family);
        }

        return [.. families];
    }

    private void Add(WorkerSeries series, LabelSet labels, SeriesValue value, bool isLive, bool isPresent)
    {
        var family = series.Family;
        if (!_families.TryGetValue(family.Name, out var merged))
        {
            _families.Add(family.Name, merged = new MergedFamily(family, rules.Of(family)));
        }

        if (merged.Type != family.Kind.FamilyType())
        {
            clashed(family.Name);
            return;
        }

        merged.Note(family, isLive);
        var sum = merged.SeriesOf(labels);
        sum.Add(family, value, series.Created, isPresent);
        foreach (var (slot, exemplar, dropped) in series.Exemplars ?? [])
        {
            sum.Add(slot, exemplar, dropped);
        }
    }
}
