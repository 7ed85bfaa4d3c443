// Owns: finding the series of a measurement's tags, without a lock or an allocation once they were seen; the limit on how many there may be.
// Does not own: the series (MetricFamily), nor what a measurement does to one.

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

/// <summary>
/// The series of one instrument by tag set: a hash table with chains, and before it the nodes found last, two at each place, which costs less to find
/// than a hash. Readers take no lock: nodes never change, and a table that grows or shrinks is built anew. A reader that misses looks again under the
/// family's lock. This is the state the MeterListener hands back.
/// </summary>
internal sealed class SeriesTable(MetricFamily family, KeyValuePair<string, object?>[] constantTags, KeptTags? kept, int limit)
{
    private sealed record Node(int Hash, KeyValuePair<string, object?>[] Tags, Series Series, Node? Next);

    private Node?[] _chains = new Node?[8];
    private Node?[] _recent = new Node?[8 * RecentPerChain];
    private int _count;
    private Series? _overflow;
    private long _overflowed;

    /// <summary>The family its series belong to.</summary>
    internal MetricFamily Family => family;

    /// <summary>The tags every measurement has besides its own.</summary>
    internal ReadOnlySpan<KeyValuePair<string, object?>> ConstantTags => constantTags;

    /// <summary>The only tags to keep of a measurement's own; null for all.</summary>
    internal KeptTags? Kept => kept;

    /// <summary>How many live instruments record here. Guarded by the collector's lock.</summary>
    internal int Instruments { get; set; }

    /// <summary>How many measurements went to the overflow series since the start.</summary>
    internal long Overflowed => Interlocked.Read(ref _overflowed);

    /// <summary>The series of these tags: made when they are new, the overflow series when the limit is reached.</summary>
    internal Series Find(ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        kept is null ? FindWhole(tags) : FindKept(tags, kept);

    private Series FindKept(ReadOnlySpan<KeyValuePair<string, object?>> tags, KeptTags names)
    {
        var buffer = default(KeptTags.Buffer);
        Span<KeyValuePair<string, object?>> left = tags.Length <= KeptTags.Buffer.Length ? buffer : new KeyValuePair<string, object?>[tags.Length];
        return FindWhole(left[..names.Copy(tags, left)]);
    }

    private Series FindWhole(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var recent = Volatile.Read(ref _recent);
        var place = TagSet.Place(tags) & (recent.Length - 2);
        return recent[place] is { } last && TagSet.AreSame(last.Tags, tags) ? last.Series
            : recent[place + 1] is { } before && TagSet.AreSame(before.Tags, tags) ? before.Series
            : FindByValue(tags, recent, place);
    }

    private Series FindByValue(ReadOnlySpan<KeyValuePair<string, object?>> tags, Node?[] recent, int place)
    {
        var hash = TagSet.Hash(tags);

        // Read first: when it is there, the table was full before the look-up, and a miss is certain.
        var overflow = Volatile.Read(ref _overflow);
        if (Find(Volatile.Read(ref _chains), hash, tags) is not { } node)
        {
            return AddOrOverflow(hash, tags, overflow);
        }

        // Threads that meet here lose nothing but a reuse.
        Volatile.Write(ref recent[place + 1], recent[place]);
        Volatile.Write(ref recent[place], node);
        return node.Series;
    }

    private Series AddOrOverflow(int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags, Series? overflow)
    {
        if (overflow is null || !TagSet.IsLasting(tags))
        {
            lock (family.Gate)
            {
                if ((Find(_chains, hash, tags)?.Series ?? Add(hash, tags)) is { } series)
                {
                    return series;
                }

                overflow = _overflow ??= family.GetOrAdd(this, s_overflowTags, overflow: true);
            }
        }

        Interlocked.Increment(ref _overflowed);
        return overflow;
    }

    /// <summary>Forgets the tag sets whose series the last collection did not see. Only for observed series, between collections.</summary>
    internal void Prune()
    {
        lock (family.Gate)
        {
            var old = _chains;
            var left = new Node?[old.Length];
            _count = 0;
            foreach (var chain in old)
            {
                for (var node = chain; node is not null; node = node.Next)
                {
                    if (node.Series.IsPresent)
                    {
                        Link(left, node.Hash, node.Tags, node.Series);
                        _count++;
                    }
                }
            }

            Volatile.Write(ref _chains, left);
            Volatile.Write(ref _recent, new Node?[_recent.Length]);
            Volatile.Write(ref _overflow, null);
        }
    }

    /// <summary>Makes its own those series of a table that ends which are in this one, too. Call it with the family's gate held.</summary>
    internal void TakeOver(SeriesTable ended)
    {
        foreach (var chain in _chains)
        {
            for (var node = chain; node is not null; node = node.Next)
            {
                TakeOver(node.Series, ended);
            }
        }

        TakeOver(_overflow, ended);
    }

    private void TakeOver(Series? series, SeriesTable ended)
    {
        if (series?.Owner == ended)
        {
            series.Owner = this;
        }
    }

    private static Node? Find(Node?[] chains, int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        for (var node = chains[hash & (chains.Length - 1)]; node is not null; node = node.Next)
        {
            if (node.Hash == hash && TagSet.AreEqual(node.Tags, tags))
            {
                return node;
            }
        }

        return null;
    }

    private Series? Add(int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Math.Max(_count, family.SeriesCount) >= limit)
        {
            return TagSet.IsLasting(tags) ? null : family.Find(this, tags);
        }

        var series = family.GetOrAdd(this, tags, overflow: false);
        if (TagSet.IsLasting(tags))
        {
            if (_count == _chains.Length)
            {
                Grow();
            }

            Link(_chains, hash, tags.ToArray(), series);
            _count++;
        }

        return series;
    }

    private void Grow()
    {
        var grown = new Node?[_chains.Length * 2];
        foreach (var chain in _chains)
        {
            for (var node = chain; node is not null; node = node.Next)
            {
                Link(grown, node.Hash, node.Tags, node.Series);
            }
        }

        Volatile.Write(ref _chains, grown);
        if (_recent.Length < MaxRecent)
        {
            Volatile.Write(ref _recent, new Node?[grown.Length * RecentPerChain]);
        }
    }

    private static void Link(Node?[] chains, int hash, KeyValuePair<string, object?>[] tags, Series series)
    {
        ref var chain = ref chains[hash & (chains.Length - 1)];
        Volatile.Write(ref chain, new Node(hash, tags, series, chain));
    }

    // Three sets seldom share a place then.
    private const int RecentPerChain = 8;
    private const int MaxRecent = 2_048;

    private static readonly KeyValuePair<string, object?>[] s_overflowTags = [new("otel.metric.overflow", true)];

    /// <summary>
    /// Hands the measurements of an instrument to the table that is its state. An observable disposed while it is asked has none any more.
    /// Other types are left alone: each is code of its own to compile, and instruments are seldom of more than two.
    /// </summary>
    internal static void Attach(MeterListener listener, Instrument instrument)
    {
        switch (Type.GetTypeCode(MeasurementType(instrument)))
        {
            case TypeCode.Byte:
                listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => ((SeriesTable?)state)?.Find(tags).Record(value));
                break;
            case TypeCode.Int16:
                listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => ((SeriesTable?)state)?.Find(tags).Record(value));
                break;
            case TypeCode.Int32:
                listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => ((SeriesTable?)state)?.Find(tags).Record(value));
                break;
            case TypeCode.Int64:
                listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((SeriesTable?)state)?.Find(tags).Record(value));
                break;
            case TypeCode.Single:
                listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => ((SeriesTable?)state)?.Find(tags).Record(value));
                break;
            case TypeCode.Double:
                listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((SeriesTable?)state)?.Find(tags).Record(value));
                break;
            case TypeCode.Decimal:
                listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, state) => ((SeriesTable?)state)?.Find(tags).Record((double)value));
                break;
        }
    }

    private static Type MeasurementType(Instrument instrument)
    {
        // Of classes of one's own, the base says it.
        var type = instrument.GetType();
        while (!type.IsGenericType || (type.GetGenericTypeDefinition() != typeof(Instrument<>) && type.GetGenericTypeDefinition() != typeof(ObservableInstrument<>)))
        {
            type = type.BaseType!;
        }

        return type.GenericTypeArguments[0];
    }
}
