// Owns: the tables of a family, and the end of its series: with their instruments, by removal, or after their lifetime.

namespace TinyHost.Metrics;

/// <summary>
/// A table finds the series of instruments with the same rules. A thread may be recording into a series that ends: what it records goes
/// to the series' successor.
/// </summary>
internal sealed class FamilyTables(MetricFamily family, SeriesSet series)
{
    private bool _expires;

    /// <summary>The tables. The caller holds the family's lock.</summary>
    internal List<SeriesTable> All { get; } = [];

    /// <summary>The table for instruments whose measurements become the same series under the same rules.</summary>
    internal SeriesTable For(InstrumentDefinition definition)
    {
        lock (series.Gate)
        {
            var table = All.Find(table => table.Definition.SharesSeriesWith(definition));
            if (table is null)
            {
                table = new SeriesTable(family, series, definition);
                All.Add(table);
                if (definition.Lifetime > TimeSpan.Zero)
                {
                    _expires = true;
                    MeasurementCallbacks.StartWatching();
                }
            }

            return table;
        }
    }

    /// <summary>Ends a table, and its series that no other table shares. Returns false if it was the last table.</summary>
    internal bool Remove(SeriesTable table)
    {
        lock (series.Gate)
        {
            All.Remove(table);
            All.ForEach(heir => TakeOver(heir, table));
            family.Overflow.KeepCountOf(table);
            Keep(one => one.Owner != table);
            return All.Count > 0;
        }
    }

    /// <summary>
    /// Ends the series that nothing was recorded into for their lifetime, as far as sweeps have seen: a series used since the last sweep
    /// stays, so that each value is exposed at least once.
    /// </summary>
    internal void Sweep()
    {
        if (_expires)
        {
            SweepNow(family.Clock.GetTimestamp());
        }
    }

    /// <summary>Ends the series of a table that have all of these tags. Returns their number.</summary>
    internal int RemoveSeries(SeriesTable table, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // Code of the values runs here, under no lock.
        var wanted = new KeyValuePair<string, string>[tags.Length];
        for (var i = 0; i < wanted.Length; i++)
        {
            wanted[i] = new(TagText.NameOf(tags[i].Key, series.ReservedLabel), TagText.ValueOf(tags[i].Value));
        }

        lock (series.Gate)
        {
            // An overflow series that is left from before is not held.
            var own = series.All.Where(one => one.Owner == table).Concat(table.HeldSeries()).Distinct();
            return End([.. own.Where(one => Array.TrueForAll(wanted, one.Labels.Has))], onlyIdle: false);
        }
    }

    /// <summary>Removes the series that have nothing to expose.</summary>
    internal void RemoveAbsent()
    {
        lock (series.Gate)
        {
            Keep(one => one.IsPresent);
            All.ForEach(table => table.Prune());
        }
    }

    /// <summary>Moves what was recorded into a series while it ended, if it did end.</summary>
    internal void MoveLate(Series ending)
    {
        lock (series.Gate)
        {
            if (ending is { Use.IsEnded: true, HasLate: true } && SuccessorOf(ending) is { } successor)
            {
                ending.MoveTo(successor);
            }
        }
    }

    /// <summary>The series that now has the labels of one that ended; null if the instruments are gone as well.</summary>
    internal Series? SuccessorOf(Series ended)
    {
        lock (series.Gate)
        {
            var owner = All.Contains(ended.Owner) ? ended.Owner : All.FirstOrDefault();
            return series.Find(ended.Labels) ?? (owner is null ? null : Succeed(ended, owner));
        }
    }

    // A late measurement above the limit does not use up the limit again.
    private Series Succeed(Series ended, SeriesTable owner) => ended.IsOverflow || owner.HasRoom
        ? series.Add(ended.Labels, owner, ended.IsOverflow)
        : owner.OverflowSeries().Series;

    // The heir becomes the owner of the series that an ending table shares with it.
    private static void TakeOver(SeriesTable heir, SeriesTable ending)
    {
        foreach (var shared in heir.HeldSeries())
        {
            if (shared.Owner == ending)
            {
                shared.Owner = heir;
                heir.SeriesCount += shared.IsOverflow ? 0 : 1;
            }
        }
    }

    private void SweepNow(long now)
    {
        lock (series.Gate)
        {
            End([.. series.All.Where(IsIdle)], onlyIdle: true);
        }

        bool IsIdle(Series one) => one.Owner.Definition.Lifetime is var lifetime && lifetime > TimeSpan.Zero
            && family.Clock.GetElapsedTime(one.Use.IdleSince(one, now), now) >= lifetime;
    }

    // Returns the number of series ended. The caller holds the lock.
    private int End(Series[] chosen, bool onlyIdle)
    {
        MeasurementCallbacks.StartWatching();
        Series[] ending = [.. chosen.Where(one => one.Use.TryBeginEnd(onlyIdle))];
        if (ending.Length == 0)
        {
            return 0;
        }

        Interlocked.MemoryBarrierProcessWide();
        var count = 0;
        foreach (var one in ending)
        {
            if (one.Use.TryEnd(one, onlyIdle))
            {
                one.Shared?.End();
                count++;
            }
        }

        Keep(one => !one.Use.IsEnded);
        All.ForEach(table => table.Prune());
        return count;
    }

    private void Keep(Func<Series, bool> isKept)
    {
        series.Keep(isKept);
        All.ForEach(table => table.SeriesCount = 0);
        foreach (var one in series.All)
        {
            one.Owner.SeriesCount += one.IsOverflow ? 0 : 1;
        }
    }
}
