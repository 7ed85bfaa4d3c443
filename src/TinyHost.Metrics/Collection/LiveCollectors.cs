// Owns: the collectors of this process, for calls that name an instrument and no collector.

namespace TinyHost.Metrics;

internal static class LiveCollectors
{
    private static readonly Lock s_gate = new();
    private static MetricCollector[] s_all = [];

    /// <summary>The collectors that are listening. Changes replace the array.</summary>
    internal static MetricCollector[] All => Volatile.Read(ref s_all);

    internal static void Add(MetricCollector collector)
    {
        lock (s_gate)
        {
            Volatile.Write(ref s_all, [.. s_all, collector]);
        }
    }

    internal static void Remove(MetricCollector collector)
    {
        lock (s_gate)
        {
            Volatile.Write(ref s_all, Array.FindAll(s_all, live => live != collector));
        }
    }
}
