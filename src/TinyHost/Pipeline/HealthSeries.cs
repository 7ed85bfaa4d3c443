// Owns: the series of health checks, tinyhost_health_status.

using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>One gauge for all stages of a meter factory, whose meters and instruments live as long as the host.</summary>
internal sealed class HealthSeries
{
    private const string MeterName = "TinyHost";
    private const string Name = "tinyhost.health.status";

    private static readonly ConditionalWeakTable<Meter, HealthSeries> s_ofFactories = [];

    private readonly Lock _lock = new();
    private readonly Lock _observing = new();
    private readonly List<HealthReading> _latest = [];
    private readonly List<HealthReading> _states = [];
    private Measurement<double>[]? _measured;
    private volatile ProbedChecks[] _all = [];

    private HealthSeries(GuardedMeter guarded, Meter meter) => guarded.Create(Name, () => meter.CreateObservableGauge(
        Name, Observe, unit: null, "Latest state of each health check: 1 healthy, 0.5 degraded, 0 unhealthy."));

    /// <summary>The states of these checks are observed until the result is disposed.</summary>
    internal static IDisposable Add(ProbedChecks checks, IMeterFactory? factory, ObserverGuard guard)
    {
        GuardedMeter? own = null;
        HealthSeries? series = null;
        if (factory is not null)
        {
            guard.Run("The meter factory", factory, factory => series = Of(factory.Create(MeterName), guard));
        }

        if (series is null)
        {
            var meter = new Meter(MeterName);
            own = new GuardedMeter(meter, guard);
            series = new HealthSeries(own, meter);
        }

        series.Change(all => [.. all, checks]);
        return new Membership(series, checks, own);
    }

    private static HealthSeries Of(Meter meter, ObserverGuard guard)
    {
        lock (s_ofFactories)
        {
            if (!s_ofFactories.TryGetValue(meter, out var series))
            {
                s_ofFactories.Add(meter, series = new HealthSeries(new GuardedMeter(meter, guard), meter));
            }

            return series;
        }
    }

    // Returns the same array until a state changes, so that scrapes cost no memory.
    private Measurement<double>[] Observe()
    {
        lock (_observing)
        {
            _latest.Clear();
            foreach (var checks in _all)
            {
                checks.AddLatest(_latest);
            }

            if (_measured is null || !IsUnchanged())
            {
                _states.Clear();
                _states.AddRange(_latest);
                _measured = Measure();
            }

            return _measured;
        }
    }

    private bool IsUnchanged()
    {
        if (_latest.Count != _states.Count)
        {
            return false;
        }

        for (var i = 0; i < _latest.Count; i++)
        {
            if (_states[i].Check != _latest[i].Check || _states[i].Result.State != _latest[i].Result.State)
            {
                return false;
            }
        }

        return true;
    }

    private Measurement<double>[] Measure()
    {
        // Checks of the services are behind each stage: the worst state counts.
        var worst = new Dictionary<string, HealthState>(StringComparer.Ordinal);
        foreach (var reading in _states)
        {
            var state = reading.Result.State;
            worst[reading.Check.Name] = worst.TryGetValue(reading.Check.Name, out var other) && other < state ? other : state;
        }

        return [.. worst.Select(state => new Measurement<double>(
            ValueOf(state.Value), (KeyValuePair<string, object?>[])[new("check", state.Key)]))];
    }

    private static double ValueOf(HealthState state) => state switch
    {
        HealthState.Healthy => 1,
        HealthState.Degraded => 0.5,
        _ => 0,
    };

    private void Change(Func<ProbedChecks[], ProbedChecks[]> change)
    {
        lock (_lock)
        {
            _all = change(_all);
        }
    }

    private sealed class Membership(HealthSeries series, ProbedChecks checks, GuardedMeter? own) : IDisposable
    {
        public void Dispose()
        {
            series.Change(all => Array.FindAll(all, other => other != checks));
            own?.Dispose();
        }
    }
}
