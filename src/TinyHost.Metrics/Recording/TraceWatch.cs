// Owns: whether this process has traces at all.
// Does not own: which measurement becomes an exemplar (ExemplarSlots).

using System.Diagnostics;

namespace TinyHost.Metrics;

/// <summary>
/// Tells of the first <see cref="Activity"/>. Asking for the current one costs a tenth of a measurement, which processes without traces need not
/// pay. One begun before anybody watched is seen where a series is made within it; another, when any begins or ends.
/// </summary>
internal static class TraceWatch
{
    private static volatile bool s_seen;

    static TraceWatch() => Activity.CurrentChanged += See;

    /// <summary>Whether there was an activity since the first call of <see cref="Begin"/>, or at one.</summary>
    internal static bool HasSeen => s_seen;

    /// <summary>Watches from here on.</summary>
    internal static void Begin()
    {
        if (Activity.Current is not null)
        {
            s_seen = true;
        }
    }

    private static void See(object? sender, ActivityChangedEventArgs change)
    {
        s_seen = true;
        Activity.CurrentChanged -= See;
    }
}
