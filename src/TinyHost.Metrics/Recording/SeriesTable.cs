// Owns: finding the series of a measurement's tags, without a lock or an allocation once the tags are known; the limit on series.

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

/// <summary>
/// The series of one instrument by tag set, and the state its MeterListener hands back. A chained hash table, preceded by a cache of the
/// nodes found last, two per place, that spares the hash. Readers take no lock: nodes never change, and a table that grows or shrinks is
/// rebuilt. A reader that misses looks again under the family's lock.
/// </summary>
internal sealed class SeriesTable(MetricFamily family, KeyValuePair<string, object?>[] constantTags, KeptTags? kept, int limit)
{
    // With so much room three tag sets seldom share a place.
    private const int CachedPerChain = 8;
    private const int MaxCached = 2_048;

    private static readonly KeyValuePair<string, object?>[] s_overflowTags = [new("otel.metric.overflow", true)];

    private Node?[] _chains = new Node?[8];
    private Node?[] _cache = new Node?[8 * CachedPerChain];
    private int _count;
    private Series? _overflow;
    private long _overflowed;

    internal MetricFamily Family => family;

    /// <summary>The tags of the meter and the instrument, which all series have besides those of the measurement.</summary>
    internal ReadOnlySpan<KeyValuePair<string, object?>> ConstantTags => constantTags;

    /// <summary>The tags to keep of a measurement; null for all.</summary>
    internal KeptTags? Kept => kept;

    /// <summary>The number of live instruments that record here. Guarded by the listener's lock.</summary>
    internal int Instruments { get; set; }

    /// <summary>The number of measurements that went to the overflow series.</summary>
    internal long Overflowed => Interlocked.Read(ref _overflowed);

    /// <summary>
    /// Routes the measurements of an instrument to the table that is its listener's state. An observable disposed while it is asked has no
    /// state any more. Only the callback of the instrument's own type is set: each is code of its own to compile.
    /// </summary>
    internal static void Attach(MeterListener listener, Instrument instrument)
    {
        switch (Type.GetTypeCode(MeasurementType(instrument)))
        {
            case TypeCode.Byte:
                listener.SetMeasurementEventCallback<byte>(
                    static (_, value, tags, state) => ((SeriesTable?)state)?.Record(value, tags));
                break;
            case TypeCode.Int16:
                listener.SetMeasurementEventCallback<short>(
                    static (_, value, tags, state) => ((SeriesTable?)state)?.Record(value, tags));
                break;
            case TypeCode.Int32:
                listener.SetMeasurementEventCallback<int>(
                    static (_, value, tags, state) => ((SeriesTable?)state)?.Record(value, tags));
                break;
            case TypeCode.Int64:
                listener.SetMeasurementEventCallback<long>(
                    static (_, value, tags, state) => ((SeriesTable?)state)?.Record(value, tags));
                break;
            case TypeCode.Single:
                listener.SetMeasurementEventCallback<float>(
                    static (_, value, tags, state) => ((SeriesTable?)state)?.Record(FloatValue.ToDouble(value), tags));
                break;
            case TypeCode.Double:
                listener.SetMeasurementEventCallback<double>(
                    static (_, value, tags, state) => ((SeriesTable?)state)?.Record(value, tags));
                break;
            case TypeCode.Decimal:
                listener.SetMeasurementEventCallback<decimal>(
                    static (_, value, tags, state) => ((SeriesTable?)state)?.Record((double)value, tags));
                break;
        }
    }

    /// <summary>The series of these tags: a new one for new tags, the overflow series once the limit is reached.</summary>
    internal Series Find(ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        kept is null ? FindCached(tags) : FindKept(tags, kept);

    /// <summary>
    /// Drops the tag sets whose series were not reported by the last collection. Only for observed series, between collections.
    /// </summary>
    internal void Prune()
    {
        lock (family.Gate)
        {
            _count = 0;
            var chains = new Node?[_chains.Length];
            foreach (var node in Nodes())
            {
                if (node.Series.IsPresent)
                {
                    Link(chains, node.Hash, node.Tags, node.Series);
                    _count++;
                }
            }

            Volatile.Write(ref _chains, chains);
            Volatile.Write(ref _cache, new Node?[_cache.Length]);
            Volatile.Write(ref _overflow, null);
        }
    }

    /// <summary>Becomes the owner of the series that an ending table shares with this one. The caller holds the family's lock.</summary>
    internal void TakeOver(SeriesTable ending)
    {
        foreach (var node in Nodes())
        {
            TakeOver(node.Series);
        }

        if (_overflow is not null)
        {
            TakeOver(_overflow);
        }

        void TakeOver(Series series)
        {
            if (series.Owner == ending)
            {
                series.Owner = this;
            }
        }
    }

    private void Record(long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = Find(tags);
        var slot = series.Record(value);
        series.Exemplars?.Offer(slot, value, tags, kept);
    }

    private void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = Find(tags);
        var slot = series.Record(value);
        series.Exemplars?.Offer(slot, value, tags, kept);
    }

    private Series FindKept(ReadOnlySpan<KeyValuePair<string, object?>> tags, KeptTags names)
    {
        var buffer = default(KeptTags.Buffer);
        Span<KeyValuePair<string, object?>> left = tags.Length <= KeptTags.Buffer.Length
            ? buffer
            : new KeyValuePair<string, object?>[tags.Length];
        return FindCached(left[..names.Copy(tags, left)]);
    }

    private Series FindCached(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var cache = Volatile.Read(ref _cache);
        var place = TagSet.Hint(tags) & (cache.Length - 2);
        return cache[place] is { } last && TagSet.AreSame(last.Tags, tags) ? last.Series
            : cache[place + 1] is { } earlier && TagSet.AreSame(earlier.Tags, tags) ? earlier.Series
            : FindHashed(tags, cache, place);
    }

    private Series FindHashed(ReadOnlySpan<KeyValuePair<string, object?>> tags, Node?[] cache, int place)
    {
        var hash = TagSet.Hash(tags);

        // Read before the table: if set, the table was full already, and a miss is final.
        var overflow = Volatile.Read(ref _overflow);
        if (Find(Volatile.Read(ref _chains), hash, tags) is not { } node)
        {
            return AddOrOverflow(hash, tags, overflow);
        }

        // Threads that collide here lose no more than a cache entry.
        Volatile.Write(ref cache[place + 1], cache[place]);
        Volatile.Write(ref cache[place], node);
        return node.Series;
    }

    private Series AddOrOverflow(int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags, Series? overflow)
    {
        if (overflow is null || !TagSet.IsImmutable(tags))
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

    // Null if the limit is reached.
    private Series? Add(int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var isImmutable = TagSet.IsImmutable(tags);
        if (Math.Max(_count, family.SeriesCount) >= limit)
        {
            return isImmutable ? null : family.Find(this, tags);
        }

        var series = family.GetOrAdd(this, tags, overflow: false);
        if (isImmutable)
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
        foreach (var node in Nodes())
        {
            Link(grown, node.Hash, node.Tags, node.Series);
        }

        Volatile.Write(ref _chains, grown);
        if (_cache.Length < MaxCached)
        {
            Volatile.Write(ref _cache, new Node?[grown.Length * CachedPerChain]);
        }
    }

    private IEnumerable<Node> Nodes()
    {
        foreach (var chain in _chains)
        {
            for (var node = chain; node is not null; node = node.Next)
            {
                yield return node;
            }
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

    private static void Link(Node?[] chains, int hash, KeyValuePair<string, object?>[] tags, Series series)
    {
        ref var chain = ref chains[hash & (chains.Length - 1)];
        Volatile.Write(ref chain, new Node(hash, tags, series, chain));
    }

    // Classes derived from the instruments have one of these bases.
    private static Type MeasurementType(Instrument instrument)
    {
        var type = instrument.GetType();
        while (!IsBase(type))
        {
            type = type.BaseType!;
        }

        return type.GenericTypeArguments[0];

        static bool IsBase(Type type) =>
            type.IsGenericType
            && type.GetGenericTypeDefinition() is var definition
            && (definition == typeof(Instrument<>) || definition == typeof(ObservableInstrument<>));
    }

    private sealed record Node(int Hash, KeyValuePair<string, object?>[] Tags, Series Series, Node? Next);
}
