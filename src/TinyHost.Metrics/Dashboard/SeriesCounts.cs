// Owns: what each series of a family had counted when it was read last, and the group it belongs to.

namespace TinyHost.Metrics;

/// <summary>
/// Series by their index. A series counts from zero when it joins, and again from zero when its value went down (a reset), as for
/// Prometheus. What they count goes to the breakdowns. Memory is taken only when a series joins.
/// </summary>
/// <param name="breakdowns">What the series are added up by.</param>
/// <param name="budget">How many series may be read; further ones are left out.</param>
internal sealed class SeriesCounts(IReadOnlyList<Breakdown> breakdowns, SeriesBudget budget)
{
    private const int MinCapacity = 16;

    private Seen[] _seen = [];
    private int[] _groups = [];

    internal int Length { get; private set; }

    /// <summary>Takes a new series at the end. False if there is no room.</summary>
    internal bool TryJoin(LabelSet labels)
    {
        if (Length == _seen.Length)
        {
            var more = budget.Take(Math.Max(Length, MinCapacity));
            if (more == 0)
            {
                return false;
            }

            Array.Resize(ref _seen, Length + more);
            Array.Resize(ref _groups, _seen.Length * breakdowns.Count);
        }

        _seen[Length] = default;
        for (var i = 0; i < breakdowns.Count; i++)
        {
            _groups[(Length * breakdowns.Count) + i] = breakdowns[i].GroupOf(labels);
        }

        Length++;
        return true;
    }

    /// <summary>Takes the present count and sum of a series. False if it was reset.</summary>
    internal bool Count(int index, double count, double sum)
    {
        ref var seen = ref _seen[index];
        var wasReset = count < seen.Count;
        var (counted, summed) = wasReset ? (count, sum) : (count - seen.Count, sum - seen.Sum);
        (seen.Count, seen.Sum) = (count, sum);
        for (var i = 0; i < breakdowns.Count; i++)
        {
            breakdowns[i].Add(_groups[(index * breakdowns.Count) + i], counted, summed);
        }

        return !wasReset;
    }

    /// <summary>Moves a series to the index of one that has left.</summary>
    internal void Move(int from, int to)
    {
        _seen[to] = _seen[from];
        Array.Copy(_groups, from * breakdowns.Count, _groups, to * breakdowns.Count, breakdowns.Count);
    }

    /// <summary>Forgets all series from an index on.</summary>
    internal void Cut(int length) => Length = length;

    /// <summary>Gives back what it took of the budget. Call nothing afterwards.</summary>
    internal void Leave() => budget.Return(_seen.Length);

    private struct Seen
    {
        internal double Count;
        internal double Sum;
    }
}
