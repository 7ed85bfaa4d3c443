// Owns: finding the series of a measurement's tags, without a lock or an allocation once the tags are known; the limit on series.

using System.Numerics;
using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

/// <summary>
/// The series of one instrument by tag set, and the state its MeterListener hands back. A chained hash table, preceded by a cache of the
/// nodes found last, two per place, that spares the hash. Readers take no lock: nodes never change, and a table that grows or shrinks is
/// rebuilt. A reader that misses looks again under the family's lock.
/// </summary>
internal sealed class SeriesTable(MetricFamily family, SeriesSet series, InstrumentDefinition definition)
{
    // With so much room three tag sets seldom share a place.
    private const int CachedPerChain = 8;
    private const int MaxCached = 2_048;
    private const int MinChains = 8;

    // A series may have several tag sets: an id as a number and as a text. Further ones are found by their labels.
    private const int TagSetsPerSeries = 4;

    private readonly KeptTags? _kept = definition.KeptTags;
    private readonly KeyValuePair<string, object?>[] _tags = definition.Tags;
    private readonly int _limit = definition.Limit;
    private Node?[] _chains = new Node?[MinChains];
    private Node?[] _cache = new Node?[MinChains * CachedPerChain];
    private int _count;
    private Overflow? _overflow;
    private long _overflowed;

    internal MetricFamily Family => family;

    /// <summary>What the first of the instruments that record here declared.</summary>
    internal InstrumentDefinition Definition => definition;

    /// <summary>The tags to keep of a measurement; null for all.</summary>
    internal KeptTags? Kept => _kept;

    /// <summary>The tags of the instruments and their meters, which all series have.</summary>
    internal ReadOnlySpan<KeyValuePair<string, object?>> Tags => _tags;

    /// <summary>The number of live instruments that record here. Guarded by the listener's lock.</summary>
    internal int Instruments { get; set; }

    /// <summary>
    /// The number of series that belong to this table, without the overflow series. At most the limit, except for series taken over.
    /// Guarded by the family's lock.
    /// </summary>
    internal int SeriesCount { get; set; }

    /// <summary>Whether the limit allows for one more series.</summary>
    internal bool HasRoom => SeriesCount < _limit;

    /// <summary>Whether the limit is reached, so that measurements go to the overflow series.</summary>
    internal bool IsOverflowing => Volatile.Read(ref _overflow) is not null;

    /// <summary>Whether it has been logged that the limit was reached.</summary>
    internal bool OverflowReported { get; set; }

    /// <summary>The number of measurements that went to the overflow series.</summary>
    internal long Overflowed => Interlocked.Read(ref _overflowed);

    /// <summary>The series of these tags: a new one for new tags, the overflow series once the limit is reached.</summary>
    internal Series Find(ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _kept is null ? FindCached(tags) : FindKept(tags, _kept);

    /// <summary>Forgets the series that are not present any more. The caller holds the family's lock.</summary>
    internal void Prune()
    {
        Node[] left = [.. Nodes().Where(node => node.Series.IsPresent)];
        _count = left.Length;
        Rebuild((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(_count, MinChains)), left);
        Volatile.Write(ref _overflow, null);
    }

    /// <summary>The series that have been found here, some of them more than once. The caller holds the family's lock.</summary>
    internal IEnumerable<Series> HeldSeries()
    {
        var held = Nodes().Select(node => node.Series);
        return _overflow is null ? held : held.Append(_overflow.Series);
    }

    /// <summary>The series for measurements above the limit. The caller holds the family's lock.</summary>
    internal Overflow OverflowSeries()
    {
        if (_overflow is null)
        {
            family.Overflow.HasHappened = true;
            Volatile.Write(ref _overflow, Overflow.Of(this, series, Nodes().Select(node => node.Tags)));
        }

        return _overflow;
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
        var place = TagHash.Hint(tags) & (cache.Length - 2);
        return cache[place] is { } last && TagSet.AreSame(last.Tags, tags) ? last.Series
            : cache[place + 1] is { } earlier && TagSet.AreSame(earlier.Tags, tags) ? earlier.Series
            : FindHashed(tags, cache, place);
    }

    // Not inlined, so that the way of most measurements does not pay for its locals.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Series FindHashed(ReadOnlySpan<KeyValuePair<string, object?>> tags, Node?[] cache, int place)
    {
        if (!TagHash.TryHash(tags, out var hash))
        {
            return FindAsText(tags);
        }

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

    // The values' own code runs here, once for each measurement, and under no lock.
    private Series FindAsText(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var texts = new KeyValuePair<string, object?>[tags.Length];
        TagValue.CopyFixed(tags, texts);
        return FindCached(texts);
    }

    private Series AddOrOverflow(ulong hash, ReadOnlySpan<KeyValuePair<string, object?>> tags, Overflow? overflow)
    {
        if (overflow is null || overflow.MayHaveSeriesOf(hash, tags))
        {
            var labels = series.LabelsOf(this, tags);
            lock (series.Gate)
            {
                if ((Find(_chains, hash, tags)?.Series ?? Add(hash, tags, labels)) is { } found)
                {
                    return found;
                }

                overflow = OverflowSeries();
            }
        }

        Interlocked.Increment(ref _overflowed);
        return overflow.Series;
    }

    // Null if the limit is reached.
    private Series? Add(ulong hash, ReadOnlySpan<KeyValuePair<string, object?>> tags, LabelSet labels)
    {
        var held = series.Find(labels);
        if (held is null && !HasRoom)
        {
            return null;
        }

        if (held is null || _count < (long)TagSetsPerSeries * _limit)
        {
            held ??= series.Add(labels, this, overflow: false);
            if (_count == _chains.Length)
            {
                Rebuild(_chains.Length * 2, Nodes());
            }

            Link(_chains, hash, tags.ToArray(), held);
            _count++;
        }

        return held;
    }

    // The chains are replaced first: a reader that still finds a node in the old ones puts it into the old cache.
    private void Rebuild(int length, IEnumerable<Node> nodes)
    {
        var chains = new Node?[length];
        foreach (var node in nodes)
        {
            Link(chains, node.Hash, node.Tags, node.Series);
        }

        Volatile.Write(ref _chains, chains);
        Volatile.Write(ref _cache, new Node?[Math.Min(length * CachedPerChain, MaxCached)]);
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

    private static Node? Find(Node?[] chains, ulong hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        for (var node = chains[Place(hash, chains)]; node is not null; node = node.Next)
        {
            if (node.Hash == hash && TagSet.AreEqual(node.Tags, tags))
            {
                return node;
            }
        }

        return null;
    }

    private static void Link(Node?[] chains, ulong hash, KeyValuePair<string, object?>[] tags, Series series)
    {
        ref var chain = ref chains[Place(hash, chains)];
        Volatile.Write(ref chain, new Node(hash, tags, series, chain));
    }

    private static int Place(ulong hash, Node?[] chains) => (int)(hash ^ (hash >> 32)) & (chains.Length - 1);

    private sealed record Node(ulong Hash, KeyValuePair<string, object?>[] Tags, Series Series, Node? Next);
}
