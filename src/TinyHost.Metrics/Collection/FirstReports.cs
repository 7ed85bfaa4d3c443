// Owns: logging each finding once, also for meters that are made again and again, such as one for each connection.

namespace TinyHost.Metrics;

/// <summary>The findings that have been logged. Bounded, because an application may make names without end.</summary>
/// <typeparam name="T">What tells findings apart: a structure of this library, whose sets are then compiled ahead with it.</typeparam>
internal sealed class FirstReports<T>
{
    private const int Max = 1_000;

    private readonly Lock _gate = new();
    private HashSet<T>? _seen;

    /// <summary>True the first time, and always false once there are too many findings.</summary>
    internal bool IsFirst(T finding)
    {
        lock (_gate)
        {
            _seen ??= [];
            return _seen.Count < Max && _seen.Add(finding);
        }
    }
}
