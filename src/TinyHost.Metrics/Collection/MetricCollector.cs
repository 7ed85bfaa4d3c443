// Owns: one collector: its families, the meter that describes them, and starting collections.

using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>
/// Turns the measurements of System.Diagnostics.Metrics into families of series, from construction until disposal. The series of an
/// instrument end with it.
/// </summary>
internal sealed class MetricCollector : IDisposable
{
    internal const string MeterName = InstrumentDefinition.OwnMeter;

    private readonly ILogger _logger;
    private readonly Observation _observation = new();
    private readonly FamilyRegistry _registry;
    private readonly ProcessInstruments _process;
    private readonly InstrumentListener _listener;
    private readonly CollectorInstruments _instruments;
    private readonly bool _recordedOnly;

    /// <param name="options">The options, which do not change any more.</param>
    /// <param name="services">The services whose meters are taken; null for the meters of all services.</param>
    /// <param name="logger">The log.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    /// <param name="process">The source of the process series; null for this process.</param>
    /// <param name="forBatch">Whether for a batch rather than for scrapes.</param>
    /// <param name="segment">The memory that this worker shares with its parent; null for none.</param>
    internal MetricCollector(
        MetricsOptions options,
        IServiceProvider? services,
        ILogger logger,
        TimeProvider? clock = null,
        IProcessProbe? process = null,
        bool forBatch = false,
        SharedSegment? segment = null)
    {
        var guard = ObserverGuard.Of(logger);
        _logger = guard.Logger;
        Clock = clock ?? TimeProvider.System;
        Segment = segment;
        Reports = new CollectionReports(_logger);
        _registry = new FamilyRegistry(options, Clock, _observation, segment);
        AddTargetInfo(options.Resource);
        _recordedOnly = forBatch && !options.BatchIncludesProcess;
        var selection = new MeterSelection(options, services, _recordedOnly);
        Meter = new Meter(new MeterOptions(MeterName) { Scope = selection.Scope });
        GuardedMeter = new GuardedMeter(Meter, guard);
        _instruments = new CollectorInstruments(Meter, GuardedMeter, () => Families);
        _process = new ProcessInstruments(
            Meter, GuardedMeter, process ?? (OperatingSystem.IsLinux() ? new LinuxProcess("/proc", ReportUnreadable) : new AnyProcess()));
        if (options.PrometheusNetNames)
        {
            PrometheusNetInstruments.Create(Meter, GuardedMeter, options.DisableGc);
        }

        if (options.Exemplars)
        {
            // Before the first measurement, so that even that one can be an exemplar.
            TraceWatch.Start();
        }

        _listener = new InstrumentListener(options, selection, _registry, guard, forBatch);
        LiveCollectors.Add(this);
    }

    /// <summary>The collector's own meter. Every collector takes its own and no other's.</summary>
    internal Meter Meter { get; }

    /// <summary>The same meter, safe from other listeners' failures.</summary>
    internal GuardedMeter GuardedMeter { get; }

    internal TimeProvider Clock { get; }

    /// <summary>The memory that this worker shares with its parent; null for none.</summary>
    internal SharedSegment? Segment { get; }

    internal MetricFamily[] Families => _registry.Families;

    internal CollectionReports Reports { get; }

    /// <summary>A new collection. The one before must be complete or abandoned.</summary>
    internal CollectionRun NewRun()
    {
        if (_observation.Collection++ == 0 && !_recordedOnly)
        {
            AddBuildInfo();
        }

        return new CollectionRun(this, _observation);
    }

    /// <summary>The families to ask in a collection that begins.</summary>
    internal MetricFamily[] BeginCollection()
    {
        if (!_recordedOnly)
        {
            _process.Read();
            _instruments.CreateMissing();
        }

        return Families;
    }

    /// <summary>Removes the series of an instrument that have all of these tags. Returns their number.</summary>
    internal int RemoveSeries(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _listener.TableOf(instrument) is { } table ? table.Family.Tables.RemoveSeries(table, tags) : 0;

    public void Dispose()
    {
        LiveCollectors.Remove(this);
        _listener.Dispose();
        GuardedMeter.Dispose();
        _process.Dispose();
    }

    private void ReportUnreadable(string file, Exception exception) => Log.ProcessUnreadable(_logger, exception, file);

    private void AddTargetInfo(IDictionary<string, string> resource)
    {
        if (resource.Count > 0)
        {
            _registry.AddConstant(InstrumentDefinition.Info(
                "target", "Attributes of the target.", [.. resource.Select(attribute => Tag(attribute.Key, attribute.Value))]));
        }
    }

    // Not before the first collection: reading the version takes a millisecond of the start.
    private void AddBuildInfo()
    {
        if (BuildInfo.OfEntryAssembly is { } build)
        {
            _listener.AddConstant(InstrumentDefinition.Info(
                InstrumentDefinition.Build,
                "Build of the program, and the version of .NET that runs it.",
                [Tag("version", build.Version), Tag("revision", build.Revision), Tag("dotnet", Environment.Version.ToString())]));
        }
    }

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
