// Owns: whether this process uses activities.

using System.Diagnostics;

namespace TinyHost.Metrics;

/// <summary>
/// Reading the current activity would cost every measurement a tenth more, so measurements do not look for it before there is one. An
/// activity started before anybody watched is noticed when a series is made within it, or when any activity starts or stops.
/// </summary>
internal static class TraceWatch
{
    private static volatile bool s_hasSeenActivity;

    static TraceWatch() => Activity.CurrentChanged += OnCurrentChanged;

    internal static bool HasSeenActivity => s_hasSeenActivity;

    internal static void Start()
    {
        if (Activity.Current is not null)
        {
            NoteActivity();
        }
    }

    private static void NoteActivity()
    {
        s_hasSeenActivity = true;
        MeasurementCallbacks.StartWatching();
    }

    private static void OnCurrentChanged(object? sender, ActivityChangedEventArgs change)
    {
        NoteActivity();
        Activity.CurrentChanged -= OnCurrentChanged;
    }
}
