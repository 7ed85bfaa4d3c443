// Owns: whether anything follows a measurement, so that most programs pay for one check.

namespace TinyHost.Metrics;

/// <summary>
/// On for good once this process uses activities, gives series a lifetime, or removes one. A measurement that begins while it is off counts
/// as made before the first removal.
/// </summary>
internal static class MeasurementWatch
{
    private static volatile bool s_isOn;

    internal static bool IsOn => s_isOn;

    internal static void Start() => s_isOn = true;
}
