// Owns: the settings of the workers: TinyHost:Workers, a number, or a section; and --workers on the command line.

using System.Globalization;
using System.Net;
using Microsoft.Extensions.Configuration;

namespace TinyHost.Workers;

internal sealed class WorkerSettings
{
    internal const int MostWorkers = 1_024;

    private static readonly Dictionary<string, Action<Setting, WorkerSettings>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Count"] = (setting, settings) => settings.Count = setting.Number(0, MostWorkers, "a whole number of workers"),
        ["MetricsAddress"] = (setting, settings) => settings.MetricsAddress = ReadAddress(setting),
        ["TargetsFile"] = (setting, settings) => settings.TargetsFile = ReadFile(setting),
        ["StartTimeout"] = (setting, settings) => settings.StartTimeout = setting.Time(),
    };

    private WorkerSettings()
    {
    }

    /// <summary>How many workers run; 0 for none, where this process serves.</summary>
    internal int Count { get; private set; }

    /// <summary>The address at which each worker serves its own metrics, on a free port.</summary>
    internal IPAddress MetricsAddress { get; private set; } = IPAddress.Loopback;

    /// <summary>A file that lists the workers' metrics for Prometheus (<c>file_sd_configs</c>); null for none.</summary>
    internal string? TargetsFile { get; private set; }

    /// <summary>How long a worker may take to start.</summary>
    internal TimeSpan StartTimeout { get; private set; } = TimeSpan.FromSeconds(60);

    /// <summary>Throws <see cref="ServerStartException"/> for what cannot be read.</summary>
    /// <param name="configuration">Of the host; null for none.</param>
    /// <param name="workers">The number that the program asks for.</param>
    internal static WorkerSettings Read(IConfiguration? configuration, int workers)
    {
        var settings = new WorkerSettings { Count = workers };
        if (configuration is not null)
        {
            var section = configuration.GetSection($"{Pipeline.SettingsSection}:{ServerConfiguration.WorkersName}");
            new Setting(section).Read(settings, s_settings, skipEmpty: true, valueName: "Count");
            ReadCommandLine(configuration, settings);
        }

        return settings;
    }

    // Not by the key alone, which an environment variable named WORKERS has, too.
    private static void ReadCommandLine(IConfiguration configuration, WorkerSettings settings)
    {
        foreach (var provider in (configuration as IConfigurationRoot)?.Providers ?? [])
        {
            if (provider.GetType().Name == "CommandLineConfigurationProvider" && provider.TryGet("workers", out var text))
            {
                settings.Count = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= MostWorkers
                    ? count
                    : throw new ServerStartException(
                        $"Cannot start: --workers is '{text}'; it must be a whole number of workers from 0 to {MostWorkers}.");
            }
        }
    }

    private static IPAddress ReadAddress(Setting setting)
    {
        const string Expected = "an IP address, such as 127.0.0.1, or 0.0.0.0 for every address";
        return IPAddress.TryParse(setting.Text(Expected), out var address) ? address : throw setting.Refused(Expected);
    }

    private static string ReadFile(Setting setting)
    {
        const string Expected = "the absolute path of a file that ends in .json, such as /var/lib/prometheus/app.json";
        var path = setting.Text(Expected);
        return Path.IsPathFullyQualified(path) && path.EndsWith(".json", StringComparison.Ordinal) ? path : throw setting.Refused(Expected);
    }
}
