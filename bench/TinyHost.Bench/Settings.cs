// Owns: the command line: which workloads, how many rounds, how long each, and where the report goes.
// Does not own: which workloads there are (Catalog).

using System.Globalization;

namespace TinyHost.Bench;

/// <summary>What to run.</summary>
internal sealed record Settings
{
    /// <summary>The workloads or families of workloads asked for; empty for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>How often each server is measured. Default 10.</summary>
    public int Rounds { get; init; } = 10;

    /// <summary>How long each measurement under load takes, in seconds. Default 1.</summary>
    public int Duration { get; init; } = 1;

    /// <summary>Where RESULTS.md and plots/ go; null for the default: bench/ for a whole run, bench/artifacts/part/ for a part of one.</summary>
    public string? Output { get; init; }

    /// <summary>Print the workloads and end.</summary>
    public bool List { get; init; }

    /// <summary>Start each .NET server, check one answer for each workload, measure nothing.</summary>
    public bool Check { get; init; }

    /// <summary>Reads the arguments. Throws <see cref="BenchException"/> for those that mean nothing.</summary>
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
                    $"There is no option '{option}'; there are --only NAMES, --rounds N, --duration SECONDS, --output DIRECTORY, --list and --check."),
            };
        }

        return settings;
    }

    private static string Value(IReadOnlyList<string> arguments, int index, string option) =>
        index < arguments.Count ? arguments[index] : throw new BenchException($"The option {option} needs a value after it.");

    private static int Number(string text, string option, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new BenchException($"The value of {option} is '{text}'; it must be a whole number from {least} to {most}.");

    private static string[] Names(string text, IReadOnlyCollection<string> workloads)
    {
        var names = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var name in names)
        {
            if (!workloads.Contains(name))
            {
                throw new BenchException($"There is no workload '{name}'; there are {string.Join(", ", workloads)}.");
            }
        }

        return names.Length > 0 ? names : throw new BenchException("The option --only needs the names of workloads after it, with commas between them.");
    }
}
