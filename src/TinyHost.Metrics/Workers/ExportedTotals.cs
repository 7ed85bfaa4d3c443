// Owns: the families of exporters of several workers, added up.

using System.Text;

namespace TinyHost.Metrics;

/// <summary>
/// Families that exporters wrote in one format, and the samples of each by name and labels. One of these holds what the ended processes of
/// a worker counted, and each exposition is one.
/// </summary>
internal sealed class ExportedTotals(ExporterFormat format, GaugeRules rules, Action<string> clashed)
{
    private readonly Dictionary<string, Family> _families = new(StringComparer.Ordinal);

    /// <summary>Adds the families of a worker; those of workers started later come first.</summary>
    /// <param name="families">The families.</param>
    /// <param name="label">The label to add, such as <c>worker="2"</c>; null to add up the series of all workers.</param>
    /// <param name="countsOnly">Whether only what the worker counted matters: it has ended, or does not answer.</param>
    internal void Add(IReadOnlyList<ExporterFamily> families, string? label, bool countsOnly)
    {
        foreach (var family in families)
        {
            if (family.Fault is null && family.Name.Length > 0 && Find(family.Name, family.Type, HeadOf(family)) is { } total)
            {
                foreach (var sample in ExportedSample.ReadAll(family, format, rules.Of(family.Name)))
                {
                    total.Add(sample, label, countsOnly);
                }
            }
        }
    }

    /// <summary>Adds what is held here to another.</summary>
    internal void AddTo(ExportedTotals other, string? label)
    {
        foreach (var (name, family) in _families)
        {
            if (other.Find(name, family.Type, family.Head) is { } total)
            {
                family.ForEach(sample => total.Add(sample, label, countsOnly: true));
            }
        }
    }

    /// <summary>The lines of the families that are not left out, each family as a whole.</summary>
    internal List<ReadOnlyMemory<byte>> ToParts(Predicate<ExporterFamily> isIncluded)
    {
        var parts = new List<ReadOnlyMemory<byte>>();
        foreach (var (name, family) in _families)
        {
            var text = family.ToText();
            if (text.Length > family.Head.Length && isIncluded(new ExporterFamily(name, family.Type, text, null)))
            {
                parts.Add(text);
            }
        }

        return parts;
    }

    private static string HeadOf(ExporterFamily family)
    {
        var head = new StringBuilder();
        foreach (var range in family.Text.Span.Split((byte)'\n'))
        {
            var line = family.Text.Span[range];
            if (line.StartsWith("#"u8))
            {
                head.Append(Encoding.UTF8.GetString(line)).Append('\n');
            }
        }

        return head.ToString();
    }

    // Null if the family has another type elsewhere.
    private Family? Find(string name, string type, string head)
    {
        if (!_families.TryGetValue(name, out var family))
        {
            _families.Add(name, family = new Family(type, head));
        }

        if (family.Type == type)
        {
            return family;
        }

        clashed(name);
        return null;
    }

    private sealed class Family(string type, string head)
    {
        // The samples of a series follow each other, in the order in which they came.
        private readonly Dictionary<string, List<ExportedSample>> _series = new(StringComparer.Ordinal);
        private readonly Dictionary<(string Name, string Labels), (string Series, int Index)> _places = [];

        internal string Type => type;

        internal string Head => head;

        internal void Add(ExportedSample sample, string? label, bool countsOnly)
        {
            if ((countsOnly && sample.Rule is not (SampleRule.Count or SampleRule.Min))
                || (label is null && sample.Rule == SampleRule.Apart))
            {
                return;
            }

            var labels = label is null ? sample.Labels : sample.Renamed.Length == 0 ? label : $"{label},{sample.Renamed}";
            if (_places.TryGetValue((sample.Name, labels), out var place))
            {
                var held = _series[place.Series][place.Index];
                _series[place.Series][place.Index] = held with { Value = Combine(held, sample.Value) };
                return;
            }

            var key = (label ?? "") + sample.Series;
            if (!_series.TryGetValue(key, out var samples))
            {
                _series.Add(key, samples = []);
            }

            _places.Add((sample.Name, labels), (key, samples.Count));
            samples.Add(sample with { Labels = labels, Renamed = label is null ? sample.Renamed : labels });
        }

        internal void ForEach(Action<ExportedSample> action)
        {
            foreach (var samples in _series.Values)
            {
                samples.ForEach(action);
            }
        }

        internal byte[] ToText()
        {
            var text = new StringBuilder(head);
            Span<byte> value = stackalloc byte[SampleValue.MaxLength];
            foreach (var sample in _series.Values.SelectMany(samples => samples))
            {
                text.Append(sample.Name);
                text.Append(sample.Labels.Length > 0 ? $"{{{sample.Labels}}} " : " ");
                text.Append(Encoding.ASCII.GetString(value[..SampleValue.Write(sample.Value, value)]));
                text.Append(sample.Exemplar).Append('\n');
            }

            return Encoding.UTF8.GetBytes(text.ToString());
        }

        private static double Combine(ExportedSample held, double value) => held.Rule switch
        {
            SampleRule.Max => Math.Max(held.Value, value),
            SampleRule.Min or SampleRule.Least => Math.Min(held.Value, value),
            SampleRule.Latest or SampleRule.Apart => held.Value,
            _ => held.Value + value,
        };
    }
}
