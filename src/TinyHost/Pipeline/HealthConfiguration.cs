// Owns: the settings of health probes, below Health in the section of their server, and the validation of their options.

using System.Net;
using Microsoft.Extensions.Configuration;

namespace TinyHost;

internal static class HealthConfiguration
{
    internal const string SectionName = "Health";
    internal const string DefaultSection = Pipeline.SettingsSection + ":" + SectionName;

    private static readonly Dictionary<string, Action<Setting, HealthOptions>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["LivenessPath"] = (setting, options) => options.LivenessPath = Path(setting),
        ["ReadinessPath"] = (setting, options) => options.ReadinessPath = Path(setting),
        ["Port"] = (setting, options) => SetPort(options, setting.Number(1, IPEndPoint.MaxPort, "a port number"), null),
        ["Prefix"] = (setting, options) => SetPort(options, null, Prefix(setting)),
        ["CacheLifetime"] = (setting, options) => options.CacheLifetime = setting.Time(orZero: true),
        ["CheckTimeout"] = (setting, options) => options.CheckTimeout = setting.Time(),
        ["ProbeChain"] = (setting, options) => options.ProbeChain = setting.Flag(),
    };

    /// <summary>Overrides the options. Throws <see cref="ServerStartException"/> for what it cannot read.</summary>
    internal static void Apply(IConfigurationSection section, HealthOptions options)
    {
        new Setting(section).Read(options, s_settings, skipEmpty: true);
        if (options.LivenessPath == options.ReadinessPath)
        {
            throw new ServerStartException(
                $"Cannot start: {section.Path}:LivenessPath and {section.Path}:ReadinessPath are both '{options.LivenessPath}'; "
                + "give each a path of its own.");
        }
    }

    /// <summary>Throws <see cref="ArgumentException"/> for invalid options.</summary>
    internal static void Validate(HealthOptions options)
    {
        PathRouting.ThrowIfUnreachable(options.LivenessPath, nameof(HealthOptions.LivenessPath));
        PathRouting.ThrowIfUnreachable(options.ReadinessPath, nameof(HealthOptions.ReadinessPath));
        if (options.LivenessPath == options.ReadinessPath)
        {
            throw new ArgumentException($"Liveness and readiness have the same path, '{options.LivenessPath}'; give each one of its own.");
        }

        if (options.Port is < 1 or > IPEndPoint.MaxPort)
        {
            throw new ArgumentException($"The port of the health probes is {options.Port}; it must be from 1 to {IPEndPoint.MaxPort}.");
        }

        if (options.Prefix is not null)
        {
            PrefixRouting.ThrowUnlessName(options.Prefix, nameof(HealthOptions.Prefix));
            if (options.Port is not null)
            {
                throw new ArgumentException(
                    $"The health probes have a port, {options.Port}, and a prefix, '{options.Prefix}'; set one of them.");
            }
        }

        if (options.CacheLifetime < TimeSpan.Zero)
        {
            throw new ArgumentException($"{nameof(options.CacheLifetime)} is {options.CacheLifetime}; it must not be negative.");
        }

        if (options.CheckTimeout <= TimeSpan.Zero || options.CheckTimeout.TotalMilliseconds > int.MaxValue)
        {
            throw new ArgumentException(
                $"{nameof(options.CheckTimeout)} is {options.CheckTimeout}; it must be above zero, and at most 2,147,483 seconds.");
        }
    }

    // The settings change the port of probes that have one of their own. On the port of the metrics they have none.
    private static void SetPort(HealthOptions options, int? port, string? prefix)
    {
        if (options.Port is not null || options.Prefix is not null)
        {
            (options.Port, options.Prefix) = (port, prefix);
        }
    }

    private static string Path(Setting setting) =>
        setting.Text("a path that a request can have, such as /-/healthy", static text => PathRouting.ThrowIfUnreachable(text));

    private static string Prefix(Setting setting) =>
        setting.Text("the name of a prefix, such as health", static text => PrefixRouting.ThrowUnlessName(text));
}
