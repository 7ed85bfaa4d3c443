// Owns: which meters' instruments a collector takes.

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

/// <summary>Selects meters by name and owner.</summary>
/// <param name="options">The options.</param>
/// <param name="services">The services whose meters are taken; null for the meters of all services.</param>
/// <param name="recordedOnly">Whether to leave out the collector's own meter and the runtime's.</param>
internal sealed class MeterSelection(MetricsOptions options, IServiceProvider? services, bool recordedOnly)
{
    private readonly IMeterFactory? _factory = services?.GetService(typeof(IMeterFactory)) as IMeterFactory;

    /// <summary>The scope of the collector's own meter, so that two collectors in a process do not expose each other's.</summary>
    internal CollectorScope Scope { get; } = new();

    internal bool Includes(Instrument instrument) =>
        Includes(instrument.Meter) && !(options.DisableGc && RuntimeMeter.IsGarbageCollection(instrument));

    private bool Includes(Meter meter) => meter.Scope switch
    {
        CollectorScope scope => scope == Scope && !recordedOnly,
        // A meter made by the services of another host belongs to that host. Without services of our own the owners cannot be told apart.
        IMeterFactory factory when services is not null && factory != _factory => false,
        _ => !options.ExportersAlone && !(recordedOnly && meter.Name == RuntimeMeter.Name) && Includes(meter.Name),
    };

    private bool Includes(string name)
    {
        if (options.ApplicationMeters && !IsFramework(name))
        {
            return true;
        }

        foreach (var pattern in options.Meters)
        {
            if (NamePattern.Matches(pattern, name))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsFramework(string name) =>
        name.StartsWith("System.", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Microsoft.", StringComparison.OrdinalIgnoreCase);

    internal sealed class CollectorScope;
}

/// <summary>Names of meters and instruments in settings; a trailing <c>*</c> stands for any ending. Case does not matter.</summary>
internal static class NamePattern
{
    internal static bool Matches(string pattern, string name) => pattern.EndsWith('*')
        ? name.StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.OrdinalIgnoreCase)
        : name.Equals(pattern, StringComparison.OrdinalIgnoreCase);
}
