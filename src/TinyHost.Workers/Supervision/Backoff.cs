// Owns: how long a worker that has died stays away.

namespace TinyHost.Workers;

/// <summary>
/// 0.1 s after the first death, and twice as long after each further one, up to 60 s. A worker that ran for 60 s starts the count again.
/// </summary>
internal sealed class Backoff
{
    internal static readonly TimeSpan First = TimeSpan.FromSeconds(0.1);
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private TimeSpan _next = First;

    /// <summary>The pause before the next start.</summary>
    /// <param name="lived">How long the worker has run.</param>
    internal TimeSpan AfterDeath(TimeSpan lived)
    {
        var pause = lived >= Longest ? First : _next;
        _next = pause * 2 > Longest ? Longest : pause * 2;
        return pause;
    }
}
