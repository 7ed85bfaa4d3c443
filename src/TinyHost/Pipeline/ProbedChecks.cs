// Owns: the checks behind a stage that answers probes: which belong to a probe, and their latest states.

namespace TinyHost;

/// <summary>Made when the stage's first server starts. The server's own checks are those of the server that got the probe.</summary>
internal sealed class ProbedChecks
{
    private static readonly HealthCheck s_server =
        new("server", _ => Task.FromResult(HealthResult.Healthy));

    private static readonly HealthReading s_running = new(s_server, HealthResult.Healthy, TimeSpan.Zero);
    private static readonly HealthReading s_stopping = new(s_server, HealthResult.Unhealthy("stopping"), TimeSpan.Zero);

    private readonly CheckRunner[] _runners;
    private readonly bool _probesChain;
    private readonly Lock _lock = new();
    private volatile IServerPulse[] _pulses = [];

    /// <summary>Throws <see cref="ServerStartException"/> when two checks have the same name.</summary>
    internal ProbedChecks(HealthOptions options, HealthCheck[] checks, TimeProvider time, ObserverGuard guard)
    {
        _probesChain = options.ProbeChain;
        foreach (var check in checks)
        {
            if (Array.FindAll(checks, other => other.Name == check.Name).Length > 1)
            {
                throw new ServerStartException($"Cannot start: two health checks are named '{check.Name}'; give each a name of its own.");
            }
        }

        _runners = Array.ConvertAll(
            checks, check => new CheckRunner(check, options.CacheLifetime, options.CheckTimeout, time, guard));
    }

    /// <summary>The open connections of all running servers of the stage.</summary>
    internal int OpenConnections
    {
        get
        {
            var count = 0;
            foreach (var pulse in _pulses)
            {
                count += pulse.OpenConnections;
            }

            return count;
        }
    }

    /// <summary>Runs the checks that a probe for readiness asks for, of all servers: the worst result of each name.</summary>
    internal async Task<IReadOnlyDictionary<string, HealthResult>> ReadWorstAsync()
    {
        var results = new Dictionary<string, HealthResult>(StringComparer.Ordinal);
        foreach (var readings in await Task.WhenAll(_pulses.Select(pulse => ReadAsync(pulse, isReadiness: true))).ConfigureAwait(false))
        {
            foreach (var reading in readings)
            {
                if (!results.TryGetValue(reading.Check.Name, out var other) || reading.Result.State < other.State)
                {
                    results[reading.Check.Name] = reading.Result;
                }
            }
        }

        return results;
    }

    /// <summary>Runs the checks that a probe asks for, where no fresh result is kept.</summary>
    internal async Task<IReadOnlyList<HealthReading>> ReadAsync(IServerPulse? pulse, bool isReadiness)
    {
        IEnumerable<CheckRunner> own = pulse?.Checks ?? [];
        var runners = own
            .Where(runner => _probesChain || runner.Check.Name != ServerCheckNames.Chain)
            .Concat(_runners.Where(runner => isReadiness || runner.Check.IsForLiveness));
        var readings = await Task.WhenAll(runners.Select(runner => runner.ReadAsync())).ConfigureAwait(false);
        return isReadiness ? [pulse is { IsStopping: true } ? s_stopping : s_running, .. readings] : readings;
    }

    /// <summary>A server of the stage starts.</summary>
    internal void Add(IServerPulse? pulse)
    {
        if (pulse is not null)
        {
            lock (_lock)
            {
                _pulses = [.. _pulses, pulse];
            }
        }
    }

    internal void Remove(IServerPulse? pulse)
    {
        lock (_lock)
        {
            _pulses = Array.FindAll(_pulses, other => other != pulse);
        }
    }

    /// <summary>
    /// Adds the latest state of each check that has ended once. Starts those of the program whose result is old, for the next call; the
    /// server's own run with probes alone.
    /// </summary>
    internal void AddLatest(List<HealthReading> latest)
    {
        foreach (var runner in _runners)
        {
            _ = runner.ReadAsync();
            Add(runner.Last);
        }

        foreach (var pulse in _pulses)
        {
            latest.Add(pulse.IsStopping ? s_stopping : s_running);
            // Not with an enumerator, which every scrape would allocate.
            for (var i = 0; i < pulse.Checks.Count; i++)
            {
                Add(pulse.Checks[i].Last);
            }
        }

        void Add(HealthReading? reading)
        {
            if (reading is not null)
            {
                latest.Add(reading);
            }
        }
    }
}
