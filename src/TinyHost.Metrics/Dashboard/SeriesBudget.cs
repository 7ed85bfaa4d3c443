// Owns: the limit on series that the dashboard reads.

namespace TinyHost.Metrics;

/// <summary>Room for series, shared by the families.</summary>
internal sealed class SeriesBudget(int left)
{
    /// <summary>What a series takes, in bytes, at most.</summary>
    internal const int SeriesSize = 32;

    /// <summary>Takes room for as many series as are left, up to <paramref name="wanted"/>. Returns their number.</summary>
    internal int Take(int wanted)
    {
        var taken = Math.Min(wanted, left);
        left -= taken;
        return taken;
    }

    /// <summary>Returns room taken before.</summary>
    internal void Return(int taken) => left += taken;
}
