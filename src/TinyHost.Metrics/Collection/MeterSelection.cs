// Owns: which meters' instruments are taken.
// Does not own: what becomes of them.

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

/// <summary>Meters by name and by whose they are.</summary>
internal sealed class MeterSelection(MetricsOptions options, IServiceProvider? services)
{
    private readonly List<string> _patterns = options.ExportersAlone ? [] : new(options.Meters);
    private readonly bool _application = options.ApplicationMeters && !options.ExportersAlone;
    private readonly bool _garbageCollection = !options.DisableGc;
    private readonly bool _anyFactory = services is null;
    private readonly IMeterFactory? _factory = services?.GetService(typeof(IMeterFactory)) as IMeterFactory;

    /// <summary>The scope of the collector's own meter.</summary>
    internal CollectorScope Own { get; } = new();

    internal bool Takes(Instrument instrument) =>
        IsOurs(instrument.Meter) && (_garbageCollection || !RuntimeMeter.IsGarbageCollection(instrument));

    private bool IsOurs(Meter meter) => meter.Scope switch
    {
        CollectorScope scope => scope == Own,
        // A meter that another host's services made is that host's. Without services of our own there is nothing to tell them apart by.
        IMeterFactory factory when !_anyFactory && factory != _factory => false,
        _ => Matches(meter.Name),
    };

    private bool Matches(string name) =>
        (_application && !IsFrameworks(name)) || _patterns.Exists(pattern => NamePattern.Matches(pattern, name));

    private static bool IsFrameworks(string name) =>
        name.StartsWith("System.", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Microsoft.", StringComparison.OrdinalIgnoreCase);
}
