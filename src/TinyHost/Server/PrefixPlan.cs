// Owns: the prefixes that a server listens on: those it was given, checked against each other and the stages, and those it adds for
// monitoring ports.

using System.Net;
using Microsoft.Extensions.Logging;

namespace TinyHost;

internal sealed class PrefixPlan
{
    private readonly List<Prefix> _prefixes;
    private readonly List<Stage> _monitoring = [];

    private PrefixPlan(List<Prefix> prefixes) => _prefixes = prefixes;

    /// <summary>Those given first, in their order.</summary>
    internal Prefix[] Prefixes => [.. _prefixes];

    /// <summary>
    /// Throws <see cref="ServerStartException"/> for prefixes that cannot be read or contradict each other or the stages.
    /// </summary>
    /// <param name="given">The prefixes.</param>
    /// <param name="stages">The stages of the chain.</param>
    /// <param name="monitoringAt">The address where a worker serves its monitoring ports; null in other processes.</param>
    internal static PrefixPlan Make(PrefixCollection given, IReadOnlyList<Stage> stages, IPAddress? monitoringAt = null)
    {
        var plan = new PrefixPlan(Parse(given));
        plan.ThrowIfRepeated();
        foreach (var stage in stages)
        {
            plan.AddMonitoring(stage);
            if (stage.MonitoringTls is not null)
            {
                plan.AddTls(stage);
            }

            if (stage.ServedPrefix is { } name)
            {
                plan.ThrowIfShared(name);
            }
        }

        plan.ThrowIfContested();
        plan.MarkMonitoring();
        if (monitoringAt is not null)
        {
            WorkerPrefixes.Move(plan._prefixes, monitoringAt);
        }

        return plan;
    }

    /// <summary>Reports the prefixes added, and an app that no prefix is left for.</summary>
    internal void Report(ILogger logger)
    {
        foreach (var prefix in _prefixes)
        {
            if (prefix is { AddedFor: { } purpose, StagePort: null })
            {
                Log.PrefixAdded(logger, prefix.Port, prefix, purpose);
            }
        }

        if (_prefixes.TrueForAll(prefix => prefix.IsMonitoring))
        {
            Log.MonitoringAlone(logger, string.Join(", ", _prefixes), _monitoring[0].MonitoringPurpose);
        }
    }

    private static bool IsFor(Stage stage, Prefix prefix) =>
        (stage.MonitoringPort == prefix.Port && prefix.Port != 0) || (stage.MonitoringPrefix is { } name && IsNamed(prefix, name));

    private static bool IsNamed(Prefix prefix, string name) => string.Equals(prefix.Name, name, StringComparison.OrdinalIgnoreCase);

    private static List<Prefix> Parse(PrefixCollection given)
    {
        if (given.Count == 0)
        {
            throw new ServerStartException("Nothing to listen on: set at least one prefix, such as http://+:8080/ (TinyHost:Prefixes).");
        }

        var prefixes = new List<Prefix>(given.Count + 1);
        try
        {
            foreach (var prefix in given)
            {
                prefixes.Add(prefix.Read());
            }

            return prefixes;
        }
        catch (FormatException e)
        {
            throw new ServerStartException($"Cannot start: {e.Message}", e);
        }
    }

    private static string Describe(Prefix prefix) => prefix.Name is null ? $"{prefix}" : $"{prefix} ({prefix.Name})";

    private void ThrowIfRepeated()
    {
        for (var i = 0; i < _prefixes.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var (first, second) = (_prefixes[j], _prefixes[i]);
                if (first.IsSameAs(second))
                {
                    throw new ServerStartException(
                        $"Cannot start: the prefixes {Describe(first)} and {Describe(second)} are the same; remove one of them.");
                }

                if (second.Name is { } name && IsNamed(first, name))
                {
                    throw new ServerStartException(
                        $"Cannot start: the prefixes {first} and {second} have the same name, '{name}'; each needs a name of its own.");
                }
            }
        }
    }

    private void AddMonitoring(Stage stage)
    {
        if (stage.MonitoringPrefix is not null)
        {
            _monitoring.Add(stage);
        }

        if (stage.MonitoringPort is not { } port)
        {
            return;
        }

        if (port is < 1 or > IPEndPoint.MaxPort)
        {
            throw new ServerStartException(
                $"Cannot start: {stage.MonitoringPurpose} is {port}; it must be from 1 to {IPEndPoint.MaxPort}.");
        }

        _monitoring.Add(stage);
        var there = _prefixes.FindAll(prefix => prefix.Port == port);
        if (there.Count == 0)
        {
            // Where the app has no address at all, its metrics are not for the whole network either.
            var host = _prefixes.Find(prefix => prefix.Unix is null)?.Host ?? "localhost";
            _prefixes.Add(new Prefix("http", host, port, "/") { AddedFor = stage.MonitoringPurpose });
        }
        else if (there.Find(prefix => prefix.Path != there[0].Path) is { Port: not 0 } other)
        {
            throw new ServerStartException(
                $"Cannot start: the prefixes {Describe(there[0])} and {Describe(other)} share {stage.MonitoringPurpose}, where "
                + "one stage answers every request; give the app a port of its own.");
        }
    }

    private void AddTls(Stage stage)
    {
        for (var i = 0; i < _prefixes.Count; i++)
        {
            if (IsFor(stage, _prefixes[i]))
            {
                _prefixes[i] = StageTls.AddTo(_prefixes[i], stage);
            }
        }
    }

    private void MarkMonitoring()
    {
        for (var i = 0; i < _prefixes.Count; i++)
        {
            if (_monitoring.Exists(stage => IsFor(stage, _prefixes[i])))
            {
                _prefixes[i] = _prefixes[i] with { IsMonitoring = true };
            }
        }
    }

    // The outer stage would answer the requests for the inner one.
    private void ThrowIfContested()
    {
        foreach (var prefix in _prefixes)
        {
            if (_monitoring.FindAll(stage => IsFor(stage, prefix)) is [var first, var second, ..])
            {
                var purposes = string.Join(" and ", new[] { first.MonitoringPurpose, second.MonitoringPurpose }.Distinct());
                throw new ServerStartException(
                    $"Cannot start: two stages of the chain would answer every request on {Describe(prefix)}, {purposes}; give each a port "
                    + "of its own.");
            }
        }
    }

    // A stage knows its requests by their port.
    private void ThrowIfShared(string name)
    {
        if (_prefixes.Find(prefix => IsNamed(prefix, name)) is { } served
            && _prefixes.Find(prefix => !IsNamed(prefix, name) && prefix.SharesPort(served)) is { } other)
        {
            var what = served.Unix is null ? "port" : "socket";
            throw new ServerStartException(
                $"Cannot start: a stage of the chain serves the prefix {Describe(served)} alone, but {Describe(other)} has the same "
                + $"{what}; give each a {what} of its own.");
        }
    }
}
