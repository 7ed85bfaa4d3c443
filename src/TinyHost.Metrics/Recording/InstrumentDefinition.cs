// Owns: what a family takes from the instrument that defines it.

namespace TinyHost.Metrics;

/// <summary>An instrument as the collector sees it.</summary>
/// <param name="Meter">The name of its meter.</param>
/// <param name="Instrument">Its own name.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Family">The Prometheus name of its family, with underscores; empty if nothing is left of it.</param>
/// <param name="UnescapedFamily">The same name with the instrument's own characters.</param>
/// <param name="Unit">The unit in words, as in the family's name; empty for none.</param>
/// <param name="Help">Its description, or a sentence that names the instrument.</param>
/// <param name="Boundaries">The upper bounds of a histogram's buckets; empty for other kinds.</param>
/// <param name="Native">The options of a native histogram; null for all others.</param>
/// <param name="Limit">The limit on its series, without the overflow series.</param>
/// <param name="Lifetime">How long a series stays after its last use; zero for ever.</param>
/// <param name="KeptTags">The tags to keep of a measurement; null for all.</param>
/// <param name="Tags">The tags of the meter and the instrument, which all its series have.</param>
/// <param name="HasScope">Whether <paramref name="Tags"/> identify the meter, so that no other meter has the same series.</param>
internal sealed record InstrumentDefinition(
    string Meter,
    string Instrument,
    InstrumentKind Kind,
    string Family,
    string UnescapedFamily,
    string Unit,
    string Help,
    double[] Boundaries,
    NativeHistogramOptions? Native,
    int Limit,
    TimeSpan Lifetime,
    KeptTags? KeptTags,
    KeyValuePair<string, object?>[] Tags,
    bool HasScope)
{
    /// <summary>The name of a collector's own meter.</summary>
    internal const string OwnMeter = "TinyHost.Metrics";

    /// <summary>The name of <c>build_info</c> without its suffix.</summary>
    internal const string Build = "build";

    /// <summary>
    /// True for <c>build_info</c>: an application may have a family of that name, which then replaces this one.
    /// </summary>
    internal bool IsReplaceable => Kind == InstrumentKind.Info && Instrument == Build;

    /// <summary>The definition of the family <c><paramref name="name"/>_info</c> with these attributes.</summary>
    internal static InstrumentDefinition Info(string name, string help, KeyValuePair<string, object?>[] attributes) => new(
        OwnMeter,
        name,
        InstrumentKind.Info,
        Family: name + "_info",
        UnescapedFamily: name + "_info",
        Unit: "",
        help,
        Boundaries: [],
        Native: null,
        Limit: 1,
        Lifetime: TimeSpan.Zero,
        KeptTags: null,
        attributes,
        HasScope: false);

    /// <summary>
    /// True if measurements of <paramref name="other"/> may go into this family: both are the same instrument of different meter objects,
    /// or their values can be added or told apart without losing any.
    /// </summary>
    internal bool Accepts(InstrumentDefinition other) => Kind == other.Kind
        && ((Meter == other.Meter && Instrument == other.Instrument)
            || (HasScope && Meter != other.Meter && Kind.IsGauge())
            || (!Kind.IsGauge() && Boundaries.AsSpan().SequenceEqual(other.Boundaries) && Native == other.Native));

    /// <summary>True if equal measurements of both become one series, under the same limit and lifetime.</summary>
    internal bool SharesSeriesWith(InstrumentDefinition other) => Limit == other.Limit && Lifetime == other.Lifetime
        && TagSet.AreEqual(Tags, other.Tags) && TinyHost.Metrics.KeptTags.AreEqual(KeptTags, other.KeptTags);
}
