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

    // Families with their own series in tinyhost_metrics_series are at most a hundredth of all series.
    private const int MinSeriesListed = 100;

    private readonly ILogger _logger;
    private readonly Observation _observation = new();
    private readonly FamilyRegistry _registry;
    private readonly ProcessInstruments _process;
    private readonly InstrumentListener _listener;

    /// <param name="options">The options, which do not change any more.</param>
    /// <param name="services">The services whose meters are taken; null for the meters of all services.</param>
    /// <param name="logger">The log.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    /// <param name="process">The source of the process series; null for this process.</param>
    internal MetricCollector(
        MetricsOptions options, IServiceProvider? services, ILogger logger, TimeProvider? clock = null, IProcessProbe? process = null)
    {
        var guard = ObserverGuard.Of(logger);
        _logger = guard.Logger;
        Clock = clock ?? TimeProvider.System;
        _registry = new FamilyRegistry(options, Clock, _observation);
        AddTargetInfo(options.Resource);
        var selection = new MeterSelection(options, services);
        Meter = new Meter(new MeterOptions(MeterName) { Scope = selection.Scope });
        GuardedMeter = new GuardedMeter(Meter, guard);
        GuardedMeter.Create("tinyhost.metrics.overflowed", () => Meter.CreateObservableCounter(
            "tinyhost.metrics.overflowed",
            () => MeasureFamilies(family => family.Overflowed),
            "{measurement}",
            "Measurements counted in a family's overflow series because the family reached its limit on series."));
        GuardedMeter.Create("tinyhost.metrics.series", () => Meter.CreateObservableUpDownCounter(
            "tinyhost.metrics.series",
            MeasureSeries,
            "{series}",
            "Series of each family that has at least 100, and of all other families together."));
        _process = new ProcessInstruments(
            Meter, GuardedMeter, process ?? (OperatingSystem.IsLinux() ? new LinuxProcess("/proc", ReportUnreadable) : new AnyProcess()));
        if (options.PrometheusNetNames)
        {
            PrometheusNetInstruments.Create(Meter, GuardedMeter, options.DisableGc);
        }

        _listener = new InstrumentListener(options, selection, _registry, guard);
    }

    /// <summary>The collector's own meter. Every collector takes its own and no other's.</summary>
    internal Meter Meter { get; }

    /// <summary>The same meter, safe from other listeners' failures.</summary>
    internal GuardedMeter GuardedMeter { get; }

    internal TimeProvider Clock { get; }

    internal MetricFamily[] Families => _registry.Families;

    /// <summary>A new collection. The one before must be complete or abandoned.</summary>
    internal CollectionRun NewRun()
    {
        if (_observation.Collection++ == 0)
        {
            AddBuildInfo();
        }

        return new CollectionRun(this, _process, _observation);
    }

    internal void ReportFailed(ObservableSource source, AggregateException exception)
    {
        if (!source.FailureLogged)
        {
            source.FailureLogged = true;
            var instrument = source.Instrument;
            Log.CallbackFailed(
                _logger, exception.InnerException ?? exception, instrument.Name, instrument.Meter.Name, source.Table.Family.Name);
        }
    }

    internal void ReportHanging(ObservableSource source)
    {
        if (!source.FailureLogged)
        {
            source.FailureLogged = true;
            Log.CallbackHangs(_logger, source.Instrument.Name, source.Instrument.Meter.Name, source.Table.Family.Name);
        }
    }

    internal void ReportOverflow()
    {
        foreach (var family in Families)
        {
            if (!family.OverflowReported && family.Overflowed > 0)
            {
                family.OverflowReported = true;
                Log.Overflow(_logger, family.Name, family.Limit);
            }
        }
    }

    public void Dispose()
    {
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

    // A series for every family would be a third of the exposition if most families have one or two series.
    private IEnumerable<Measurement<long>> MeasureSeries()
    {
        long others = 0;
        foreach (var family in Families)
        {
            if (family.SeriesCount < MinSeriesListed)
            {
                others += family.SeriesCount;
            }
            else
            {
                yield return new(family.SeriesCount, new KeyValuePair<string, object?>("family", family.Name));
            }
        }

        yield return new(others);
    }

    private IEnumerable<Measurement<long>> MeasureFamilies(Func<MetricFamily, long> count)
    {
        foreach (var family in Families)
        {
            if (count(family) is > 0 and var value)
            {
                yield return new(value, new KeyValuePair<string, object?>("family", family.Name));
            }
        }
    }
}
