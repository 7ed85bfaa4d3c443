// Owns: the command line.

using System.Globalization;

namespace TinyHost.Bench;

/// <summary>The options of a run.</summary>
internal sealed record Settings
{
    /// <summary>The selected workloads or families of workloads; empty for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>The number of measurements of each server. Default 10.</summary>
    public int Rounds { get; init; } = 10;

    /// <summary>The duration of each measurement under load, in seconds. Default 1.</summary>
    public int Duration { get; init; } = 1;

    /// <summary>The directory for RESULTS.md and plots/; null for bench/ if all workloads run, or else bench/artifacts/part/.</summary>
    public string? Output { get; init; }

    /// <summary>Print the workloads and exit.</summary>
    public bool List { get; init; }

    /// <summary>Start each .NET server and check one response per workload, without measuring.</summary>
    public bool Check { get; init; }

    /// <summary>Parses the arguments. Throws <see cref="BenchException"/> if one is invalid.</summary>
    public static Settings Parse(IReadOnlyList<string> arguments, IReadOnlyCollection<string> workloads)
    {
        var settings = new Settings();
        for (var i = 0; i < arguments.Count; i++)
        {
            var option = arguments[i];
            settings = option switch
            {
                "--only" => settings with { Only = Names(Value(arguments, ++i, option), workloads) },
                "--rounds" => settings with { Rounds = Number(Value(arguments, ++i, option), option, 1, 99) },
                "--duration" => settings with { Duration = Number(Value(arguments, ++i, option), option, 1, 600) },
                "--output" => settings with { Output = Value(arguments, ++i, option) },
                "--list" => settings with { List = true },
                "--check" => settings with { Check = true },
                _ => throw new BenchException(
                    $"Unknown option '{option}'. "
                    + "Options: --only NAMES, --rounds N, --duration SECONDS, --output DIRECTORY, --list, --check."),
            };
        }

        return settings;
    }

    private static string Value(IReadOnlyList<string> arguments, int index, string option) =>
        index < arguments.Count ? arguments[index] : throw new BenchException($"Option {option} needs a value.");

    private static int Number(string text, string option, int min, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new BenchException($"Option {option} must be a whole number from {min} to {max}, not '{text}'.");

    private static string[] Names(string text, IReadOnlyCollection<string> workloads)
    {
        var names = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var name in names)
        {
            if (!workloads.Contains(name))
            {
                throw new BenchException($"Unknown workload '{name}'. Workloads: {string.Join(", ", workloads)}.");
            }
        }

        return names.Length > 0 ? names : throw new BenchException("Option --only needs workload names, separated by commas.");
    }
}
